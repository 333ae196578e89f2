package injection

import (
	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// mismatch is the rule for tools that only compute by their name and do more by their text.
var mismatch = &rule{"poisoning.mismatch", "E003", finding.ToolPoisoning, "AITech-12.1", "AISubtech-12.1.2",
	"is a computation by its name, but reaches for the network, files or a shell", "", true}

var (
	pureVerbs = set("add", "adds", "subtract", "subtracts", "multiply", "multiplies", "divide", "divides", "sum", "sums", "uppercase", "uppercases", "lowercase", "lowercases", "reverse", "reverses",
		"capitalize", "capitalizes", "trim", "trims", "round", "rounds", "count", "counts", "sort", "sorts", "slugify", "slugifies", "calculate", "calculates", "compute", "computes", "convert", "converts",
		"concatenate", "concatenates", "concat", "join", "joins", "square", "squares", "average", "averages", "pad", "pads", "format", "formats")
	pureNouns = set("number", "numbers", "integer", "integers", "string", "strings", "text", "words", "word", "characters", "temperature", "temperatures", "date", "dates", "units", "unit", "celsius", "fahrenheit",
		"color", "colors", "colour", "colours", "case", "values", "sum", "factorial", "fibonacci", "currency", "currencies", "roman", "slug", "list", "array", "timestamps", "timestamp", "letters")
	reachWords = set("subprocess", "shell", "network", "http", "https", "socket", "server", "endpoint", "disk", "crontab", "registry", "environment", "environ", "filesystem", "clipboard", "webhook", "remote", "url", "outbound",
		"keychain", "database", "downloads", "download", "upload", "uploads", "internet", "upstream", "file", "files", "processes", "process", "system", "telemetry", "host", "credentials", "command", "commands")
	reachVerbs = set("opens", "open", "writes", "write", "reads", "read", "executes", "execute", "runs", "run", "spawns", "spawn", "sends", "send", "posts", "post", "connects", "connect", "uploads", "upload", "downloads", "download",
		"transmits", "transmit", "deletes", "delete", "fetches", "fetch", "invokes", "modifies", "launches", "scans", "captures", "logs", "contacts", "calls", "makes", "forwards")
)

// mismatches compares the first words of a tool's description with the rest of it.
func (a *analysis) mismatches(it prose.Item) {
	if it.Kind != fields.Tool {
		return
	}
	for _, f := range it.Texts {
		if f.Role != fields.Description || len(f.Sentences) == 0 || !pure(f.Sentences[0]) {
			continue
		}
		for n, s := range f.Sentences {
			if n > 8 {
				break
			}
			if i := reach(s, n == 0); i >= 0 && s.Mask&l.Neg == 0 {
				a.out = append(a.out, a.finding(f, mismatch, finding.High, mismatch.message, prose.Clip(f.Text.Plain, s.Start, s.End)))
				return
			}
		}
	}
}

// pure tells whether a summary begins as that of a computation on plain values.
func pure(s l.Sentence) bool {
	verb := false
	for i, t := range s.Tokens {
		if i > 6 {
			break
		}
		verb = verb || i == 0 && pureVerbs[t.Word]
		if verb && pureNouns[t.Word] {
			return true
		}
		if !verb {
			return false
		}
	}
	return false
}

// reach finds a verb of input or output beside a place outside of the process. In the summary it has to come after "and" or "also".
func reach(s l.Sentence, summary bool) int {
	joined := !summary
	for i, t := range s.Tokens {
		if i > 2 && (t.Class&l.Also != 0 || t.Word == "and" || t.Word == "then" || t.Word == "while" || t.Punct) {
			joined = true
		}
		if !joined || !reachVerbs[t.Word] || t.Form == l.Ing {
			continue
		}
		for j := i + 1; j < len(s.Tokens) && j <= i+7; j++ {
			if w := s.Tokens[j]; reachWords[w.Word] || w.Class&(l.URL|l.Path|l.External) != 0 {
				return i
			}
		}
	}
	return -1
}
