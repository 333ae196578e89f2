package cisco

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// errorMark is in each line that the scanner's log has of an error ("TIME - LOGGER - ERROR - TEXT").
const errorMark = " - ERROR - "

// owners tell whose error a line of the log is.
var owners = []struct{ text, analyzer string }{{"LLM", LLM}, {"API analysis", API}, {"ApiAnalyzer", API}, {"YARA", Yara}, {"SCHEMA", Schema}}

// complaints fails the analyzers that logged an error. Names of items are in the log too: a server can so fail an analyzer, and not more.
func complaints(stderr []byte, asked []string, failed failures) {
	for line := range bytes.Lines(stderr) {
		text := strings.TrimSpace(string(line))
		_, said, isError := strings.Cut(text, errorMark)
		if !isError && !strings.HasPrefix(text, "Warning: ") && !strings.HasPrefix(text, "Error: ") {
			continue
		}
		if !isError {
			said = text
		}
		reason := fmt.Sprintf("it logged %.200q", said)
		blamed := false
		for _, o := range owners {
			if strings.Contains(text, o.text) && slices.Contains(asked, o.analyzer) {
				failed.add(o.analyzer, reason)
				blamed = true
				break
			}
		}
		if !blamed {
			failed.all(asked, reason)
		}
	}
}
