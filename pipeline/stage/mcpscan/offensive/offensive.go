// Package offensive finds tools that openly offer an attack: stealing credentials, escalating privileges, exfiltration, persistence, exploits.
// Its vocabulary follows the tactics and techniques of MITRE ATT&CK. Tools that detect or prevent the same things are not meant.
package offensive

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// Name of this analyzer.
const Name = "offensive"

// Score from which a tool is reported as MEDIUM and as HIGH.
const (
	warn  = 3
	block = 4
	// defence is what words of detection and prevention take off.
	defence = 6
)

// Analyze judges one tool by its name, its parameters' names and its description.
func Analyze(server string, it prose.Item) []finding.Finding {
	if it.Kind != fields.Tool {
		return nil
	}
	name, desc := prose.Words(it.PlainName()), prose.Words(firstPart(it.PlainDescription()))
	v := verdict{}
	v.techniques(append(append(append([]string{}, name...), "|"), desc...))
	v.parameters(it.Params)
	if informs(name, desc) || defends(name, desc) {
		v = verdict{} // however many attacks it names, it tells about them
	}
	v.stores(name, desc)
	v.score += v.bonus()
	if defends(name, desc) {
		v.score = max(0, v.score-defence)
	}
	if len(desc) == 0 || !defenceWords[desc[0]] {
		v.tactics(name, desc)
	}
	if v.score < warn || v.anchor == "" {
		return nil
	}
	sev := finding.Medium
	if v.score >= block {
		sev = finding.High
	}
	evidence := prose.Line(it.PlainName() + ": " + it.PlainDescription())
	return []finding.Finding{{Rule: "poisoning.offensive-tool", Code: "E003", Severity: sev, Category: finding.ToolPoisoning, AITech: "AITech-9.1", AISubtech: "AISubtech-9.1.2",
		Analyzer: Name, Server: server, Kind: it.Kind, Item: it.Name, Field: "description", Message: "offers an attack technique (" + v.anchor + ")",
		Evidence: evidence, Fingerprint: finding.Fingerprint("poisoning.offensive-tool", it.PlainName()+"\n"+it.PlainDescription())}}
}

// firstPart bounds what is read: the purpose of a tool stands in its first lines.
func firstPart(s string) string {
	const most = 400
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	if i := strings.Index(s, "\n\n"); i > 0 {
		s = s[:i]
	}
	return s
}

type verdict struct {
	score  int
	anchor string // what the verdict rests on; without it there is none
	hits   int
	seen   map[string]bool
}

// add counts a sign once, however often it is written.
func (v *verdict) add(points int, what string) {
	if v.seen[what] {
		return
	}
	if v.seen == nil {
		v.seen = map[string]bool{}
	}
	v.seen[what] = true
	v.score += points
	v.hits++
	if v.anchor == "" || points >= block {
		v.anchor = what
	}
}

// bonus: two independent signs mean more than their sum.
func (v *verdict) bonus() int {
	if v.hits > 1 {
		return 1
	}
	return 0
}

// tactics reads abbreviations of attack tactics that name a family of tools: exfil_, privesc_, recon_ …
func (v *verdict) tactics(name, desc []string) {
	if len(name) < 2 || defenceWords[name[0]] || defenceWords[name[len(name)-1]] {
		return
	}
	for i, w := range name {
		t, ok := tacticWords[w]
		if !ok || i > 0 && t.prefixOnly {
			continue
		}
		if t.points < block && len(t.with) > 0 && !any(name[1:], t.with) && !any(desc, t.with) || any(name[1:], t.without) || any(desc, t.without) {
			continue
		}
		v.add(max(t.points, block), "tactic "+w)
		return
	}
}

// techniques reads words and phrases of techniques anywhere.
func (v *verdict) techniques(all []string) {
	for i, w := range all {
		if p, ok := techniqueWords[w]; ok {
			v.add(p, w)
		}
		for n := 2; n <= 3 && i+n <= len(all); n++ {
			phrase := strings.Join(all[i:i+n], " ")
			if p, ok := techniquePhrases[phrase]; ok {
				v.add(p, phrase)
			}
		}
	}
}

// stores pairs a verb of taking with a place where secrets are kept.
func (v *verdict) stores(name, desc []string) {
	for _, list := range [][]string{desc, name} {
		for i, w := range list {
			p, ok := takingVerbs[w]
			if !ok || w == "read" && i > 0 || w == "get" && i > 0 {
				continue
			}
			sum, most := 0, 0
			for j := i + 1; j < len(list) && j <= i+6; j++ {
				sum += secretStores[list[j]]
				most = max(most, secretStores[list[j]])
			}
			if sum > 1 && p+sum >= block && (p > 1 || most > 2 || list[0] == w && sum > 3) { // a weak verb such as "get" needs a store that nobody reads by right
				v.add(block, w+" "+strings.Join(list[i+1:min(len(list), i+4)], " "))
				return
			}
		}
	}
}

// parameters reads names that only an attacker gives.
func (v *verdict) parameters(params []string) {
	for _, p := range params {
		for _, w := range prose.Words(p) {
			if parameterWords[w] {
				v.add(2, "parameter "+p)
				return
			}
		}
	}
}

// defends tells tools that look for attacks rather than make them.
func defends(name, desc []string) bool {
	for i, w := range desc {
		if defenceWords[w] && i < 12 && (i == 0 || !evasionWords[desc[i-1]]) && (i < 2 || !evasionWords[desc[i-2]]) {
			return true
		}
	}
	return len(name) > 0 && (defenceWords[name[0]] || defenceWords[name[len(name)-1]])
}

// informs tells tools that list or look up what others detected: their attack words are categories, not deeds.
func informs(name, desc []string) bool {
	verb := ""
	if len(desc) > 0 {
		verb = desc[0]
	}
	for _, w := range name {
		verb += " " + w
	}
	for _, w := range strings.Fields(verb) {
		if informWords[w] {
			return true
		}
	}
	return false
}

func any(list []string, of map[string]bool) bool {
	for _, w := range list {
		if of[w] {
			return true
		}
	}
	return false
}
