// Package crossorigin finds tools that imitate, replace or steer tools of other servers. Equal names alone are no finding: innocent servers
// share many.
package crossorigin

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// Name of this analyzer.
const Name = "crossorigin"

// Set is one server with its items. Wellknown marks servers that are not part of the set at hand, such as those of the catalogue.
type Set struct {
	Server    string
	Items     []prose.Item
	Wellknown bool
}

// maxFindings bounds the findings of one rule in one field.
const maxFindings = 8

// foreign is a tool of another server.
type foreign struct {
	server, name string
	words        []string // of its description, sorted and without filler
	plain        string   // skeleton of the name
	head         string   // first three meaningful words of the description, in their order
	wellknown    bool
}

type analysis struct {
	own     Set
	names   map[string]bool // identifiers that are the server's own
	tools   map[string]foreign
	list    []foreign
	servers map[string]bool  // names of the other servers of the set, in lower case
	words   map[string][]int // word of a description → tools with it
	counts  map[string]int   // findings by rule and field
	out     []finding.Finding
}

// Analyze judges the tools of own against those of the others. Others of the same name as own are left out: they are the server itself.
func Analyze(own Set, others []Set) []finding.Finding {
	a := analysis{own: own, names: map[string]bool{}, tools: map[string]foreign{}, words: map[string][]int{}, servers: map[string]bool{}}
	for _, it := range own.Items {
		a.names[strings.ToLower(it.PlainName())] = true
		for _, f := range it.Texts {
			if f.Role == fields.ParamName || f.Role == fields.Value {
				a.names[strings.ToLower(f.Text.Plain)] = true
			}
		}
	}
	for _, o := range others {
		if o.Server != own.Server {
			a.learn(o)
		}
	}
	a.lookalikes(others)
	for _, it := range own.Items {
		a.references(it)
		if it.Kind == fields.Tool {
			a.imitations(it)
		}
	}
	return a.out
}

// learn takes in the tools of another server.
func (a *analysis) learn(o Set) {
	if !o.Wellknown && len(o.Server) > 3 && o.Server != "server" {
		a.servers[strings.ToLower(o.Server)] = true
	}
	for _, it := range o.Items {
		if it.Kind != fields.Tool {
			continue
		}
		name := strings.ToLower(it.PlainName())
		f := foreign{o.Server, it.Name, content(it.PlainDescription()), skeleton(it.PlainName()), head(it.PlainDescription()), o.Wellknown}
		if old, in := a.tools[name]; !in || old.wellknown {
			a.tools[name] = f
		}
		for _, w := range f.words {
			a.words[w] = append(a.words[w], len(a.list))
		}
		a.list = append(a.list, f)
	}
}

// imitations finds near-duplicate descriptions under an equal or look-alike name.
func (a *analysis) imitations(it prose.Item) {
	if f, in := a.tools[strings.ToLower(it.PlainName())]; in && !f.wellknown && len(prose.Words(it.PlainName())) > 1 && superior(it.PlainDescription()) {
		a.report(it, "description", "crossorigin.imitation", finding.High, "has the name of "+f.server+"/"+f.name+" and claims to be the better one", it.PlainName()+": "+it.PlainDescription())
		return
	}
	words, plain := content(it.PlainDescription()), skeleton(it.PlainName())
	if len(words) < minWords {
		return
	}
	shared := map[int]int{}
	for _, w := range words {
		if len(a.words[w]) <= maxSharing {
			for _, i := range a.words[w] {
				shared[i]++
			}
		}
	}
	best, score := -1, 0.0
	first := head(it.PlainDescription())
	for i, n := range shared {
		f := a.list[i]
		s := float64(n) / float64(len(words)+len(f.words)-n)
		if plain == f.plain && len(prose.Words(it.PlainName())) > 1 && (s >= nearSameName || first != "" && first == f.head) {
			s = max(s, near) // the same name of two words or more, and the same beginning
		}
		if len(f.words) >= minWords && (s > score || s == score && best >= 0 && i < best) && alike(plain, f.plain) {
			best, score = i, s
		}
	}
	if best < 0 || score < near {
		return
	}
	f := a.list[best]
	sev := finding.High
	if f.wellknown {
		sev = finding.Medium // forks and reissues of known servers are many; a person decides
	}
	a.report(it, "description", "crossorigin.imitation", sev, "has the name and nearly the description of "+f.server+"/"+f.name, it.PlainName()+": "+it.PlainDescription())
}

func (a *analysis) report(it prose.Item, field, rule string, sev finding.Severity, message, evidence string) {
	if a.counts == nil {
		a.counts = map[string]int{}
	}
	place := rule + "\x00" + it.Kind + "\x00" + it.Name + "\x00" + field
	if a.counts[place]++; a.counts[place] > maxFindings {
		return
	}
	a.out = append(a.out, finding.Finding{Rule: rule, Code: "E002", Severity: sev, Category: finding.CrossOrigin, AITech: "AITech-12.1", AISubtech: "AISubtech-12.1.5",
		Analyzer: Name, Server: a.own.Server, Kind: it.Kind, Item: it.Name, Field: field, Message: message, Evidence: prose.Line(evidence),
		Fingerprint: finding.Fingerprint(rule, it.PlainName()+"\n"+evidence)})
}
