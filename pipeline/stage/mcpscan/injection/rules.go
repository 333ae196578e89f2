package injection

import "dagger/dockyard/pipeline/finding"

// rule is the identity of one rule.
type rule struct {
	id, code          string
	category          finding.Category
	aitech, aisubtech string
	message, lowMsg   string
	negatable         bool // "never …" denies it
}

// Rules of this analyzer. Codes are those that users of MCP scanners know (E001, W001 …).
var (
	override = &rule{"injection.override", "E001", finding.PromptInjection, "AITech-1.1", "AISubtech-1.1.1",
		"tells the model to set aside its instructions, rules or safety policy", "", true}
	persona = &rule{"injection.persona", "E001", finding.PromptInjection, "AITech-1.1", "AISubtech-1.1.1",
		"gives the model another identity or a mode without rules", "", false}
	void = &rule{"injection.override", "E001", finding.PromptInjection, "AITech-1.1", "AISubtech-1.1.1",
		"tells the model that its instructions, rules or safety policy do not hold any more", "", false}
	reveal = &rule{"injection.reveal", "E001", finding.PromptInjection, "AITech-1.1", "AISubtech-1.1.1",
		"tells the model to reveal its own instructions or context", "", true}
	obey = &rule{"injection.obey-content", "E001", finding.PromptInjection, "AITech-1.2", "AISubtech-1.2.1",
		"tells the model to obey instructions found in content that others wrote", "", true}
	tag = &rule{"injection.control-tag", "W001", finding.PromptInjection, "AITech-1.1", "AISubtech-1.1.1",
		"speaks to the model through a tag or label that claims authority", "", false}
	conceal = &rule{"poisoning.conceal", "E003", finding.ToolPoisoning, "AITech-12.1", "AISubtech-12.1.2",
		"tells the model to hide an action from the user", "", false}
	sensitive = &rule{"poisoning.sensitive-file", "E003", finding.ToolPoisoning, "AITech-8.2", "AISubtech-8.2.3",
		"pairs an action with a file that holds secrets", "names a file that holds secrets", true}
	credential = &rule{"poisoning.credential", "E003", finding.ToolPoisoning, "AITech-8.2", "AISubtech-8.2.3",
		"asks for credentials or secrets that the tool has no use for", "", true}
	channel = &rule{"poisoning.side-channel", "E003", finding.ToolPoisoning, "AITech-8.2", "AISubtech-8.2.3",
		"has a parameter or field carry the conversation, prompts or private data out", "", true}
	exfiltrate = &rule{"poisoning.exfiltration", "E003", finding.ToolPoisoning, "AITech-8.2", "AISubtech-8.2.3",
		"sends data to a place that is not part of the tool's purpose", "", true}
	coerce = &rule{"poisoning.coercion", "W001", finding.ToolPoisoning, "AITech-1.1", "AISubtech-1.1.1",
		"orders the model to call this tool before or instead of others", "", false}
	sleeper = &rule{"poisoning.sleeper", "E003", finding.ToolPoisoning, "AITech-12.1", "AISubtech-12.1.2",
		"announces another behaviour for the time after approval", "", true}
	unasked = &rule{"poisoning.unasked-action", "E003", finding.ToolPoisoning, "AITech-12.1", "AISubtech-12.1.2",
		"orders a destructive or unconfirmed action that is not the tool's purpose", "", true}
	payload = &rule{"poisoning.encoded-command", "E003", finding.ToolPoisoning, "AITech-9.1", "AISubtech-9.1.1",
		"carries a command in an encoded payload", "", false}
)
