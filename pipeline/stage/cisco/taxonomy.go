package cisco

import (
	"regexp"
	"strings"

	"dagger/dockyard/pipeline/finding"
)

// taxonomy is an entry of the scanner's classification (Cisco's Integrated AI Security and Safety Framework).
type taxonomy struct {
	AITech    string `json:"aitech"`
	AISubtech string `json:"aisubtech"`
}

// threat is what the scanner means by a name.
type threat struct {
	taxonomy
	severity finding.Severity // "" is what the scanner says of the item: it has one threat only
	unnamed  bool             // the scanner gives no taxonomy; the one here is ours
}

var (
	direct       = taxonomy{"AITech-1.1", "AISubtech-1.1.1"}
	indirect     = taxonomy{"AITech-1.2", "AISubtech-1.2.1"}
	viaTools     = taxonomy{"AITech-8.2", "AISubtech-8.2.3"}
	codeRun      = taxonomy{"AITech-9.1", "AISubtech-9.1.1"}
	systemAccess = taxonomy{"AITech-9.1", "AISubtech-9.1.2"}
	injection    = taxonomy{"AITech-9.1", "AISubtech-9.1.4"}
	poisoning    = taxonomy{"AITech-12.1", "AISubtech-12.1.2"}
	shadowing    = taxonomy{"AITech-12.1", "AISubtech-12.1.5"}
)

func harmful(sub string) threat {
	return threat{taxonomy{"AITech-15.1", "AISubtech-15.1." + sub}, finding.Medium, false}
}

// threats are the names that each analyzer gives, with their severities. The output has one severity for all threats of an item together.
// Source: mcpscanner/threats/threats.py and schema_reference_analyzer.py of version 4.8.7.
var threats = map[string]map[string]threat{
	Yara: {
		"PROMPT INJECTION":      {direct, finding.High, false},
		"TOOL POISONING":        {poisoning, finding.High, false},
		"CREDENTIAL HARVESTING": {viaTools, finding.High, false},
		"DATA EXFILTRATION":     {viaTools, finding.High, false},
		"SYSTEM MANIPULATION":   {systemAccess, finding.High, false},
		"INJECTION ATTACK":      {injection, finding.High, false},
		"CODE EXECUTION":        {codeRun, finding.Low, false},
	},
	Schema: {"INDIRECT SCHEMA REFERENCE": {indirect, "", true}},
	LLM: {
		"PROMPT INJECTION":  {direct, finding.High, false},
		"TOOL POISONING":    {poisoning, finding.High, false},
		"DATA EXFILTRATION": {viaTools, finding.High, false},
		"TOOL SHADOWING":    {shadowing, finding.High, false},
	},
	API: {
		"PROMPT_INJECTION":                   {direct, finding.High, false},
		"SECURITY_VIOLATION":                 {systemAccess, finding.High, false},
		"CODE_DETECTION":                     {codeRun, finding.Low, false},
		"HARASSMENT":                         harmful("8"),
		"HATE_SPEECH":                        harmful("9"),
		"PROFANITY":                          harmful("11"),
		"SEXUAL_CONTENT_AND_EXPLOITATION":    harmful("14"),
		"SOCIAL_DIVISION_AND_POLARIZATION":   harmful("15"),
		"VIOLENCE_AND_PUBLIC_SAFETY_THREATS": harmful("17"),
	},
}

// category maps a taxonomy to the kinds of attack of this project.
func category(t taxonomy) finding.Category {
	switch {
	case t == shadowing:
		return finding.CrossOrigin
	case strings.HasPrefix(t.AITech, "AITech-1."):
		return finding.PromptInjection
	}
	return finding.ToolPoisoning
}

// code is the form that codes of the taxonomy have. Anything else is not taken over.
var code = regexp.MustCompile(`^AI(?:Sub)?[Tt]ech-[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}$`)

// known returns t with its codes, or without those that are none.
func (t taxonomy) known() taxonomy {
	if !code.MatchString(t.AITech) {
		t.AITech = ""
	}
	if !code.MatchString(t.AISubtech) {
		t.AISubtech = ""
	}
	return t
}

// maxName bounds a threat's name in rules and messages. A language model may have made it up.
const maxName = 60

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// ruleName is the stable id of a threat: "cisco.yara.tool-poisoning".
func ruleName(analyzer, name string) string {
	word := strings.Trim(notWord.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if len(word) > maxName {
		word = word[:maxName]
	}
	if word == "" {
		word = "unknown"
	}
	return "cisco." + analyzer + "." + word
}
