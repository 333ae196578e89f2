package cisco

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/surface"
)

// output is the scanner's raw output. Fields that are not here are tolerated.
type output struct {
	Results   []result `json:"scan_results"`
	Requested []string `json:"requested_analyzers"`
}

type result struct {
	Status   string              `json:"status"`
	Safe     *bool               `json:"is_safe"`
	Findings map[string]analysis `json:"findings"`
	Errors   []struct {
		Analyzer string `json:"analyzer"`
		Message  string `json:"message"`
	} `json:"analyzer_errors"`

	Type                string `json:"item_type"`
	Tool                string `json:"tool_name"`
	ToolDescription     string `json:"tool_description"`
	Prompt              string `json:"prompt_name"`
	PromptDescription   string `json:"prompt_description"`
	Resource            string `json:"resource_name"`
	ResourceURI         string `json:"resource_uri"`
	ResourceContentType string `json:"resource_mime_type"`
}

// analysis is what one analyzer says of one item.
type analysis struct {
	Severity   string     `json:"severity"`
	Threats    []string   `json:"threat_names"`
	Total      *int       `json:"total_findings"`
	Taxonomies []taxonomy `json:"mcp_taxonomies"`
	Status     string     `json:"status"`
}

// alert is one threat that an analyzer saw in an item.
type alert struct {
	item     int
	analyzer string
	name     string
	taxonomy
	severity finding.Severity
	unknown  bool
}

// parse reads the output of a run over items. An error is in the category ErrOutput and fails all analyzers; what fails single ones is in the
// failures.
func parse(raw []byte, items []Item, asked []string) ([]alert, failures, error) {
	out, err := decode(raw)
	if err != nil {
		return nil, nil, err
	}
	want, got := slices.Sorted(slices.Values(asked)), slices.Sorted(slices.Values(out.Requested))
	if !slices.Equal(want, got) {
		return nil, nil, fmt.Errorf("%w: it ran the analyzers %.200q, want %q", ErrOutput, got, want)
	}
	if len(out.Results) != len(items) {
		return nil, nil, fmt.Errorf("%w: got results of %d items, want all %d that it was given", ErrOutput, len(out.Results), len(items))
	}
	failed := failures{}
	var alerts []alert
	for n, r := range out.Results {
		if err := r.matches(items[n]); err != nil {
			return nil, nil, fmt.Errorf("%w: result %d: %w", ErrOutput, n+1, err)
		}
		found, err := r.read(n, items[n].label(), asked, failed)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %w", ErrOutput, items[n].label(), err)
		}
		alerts = append(alerts, found...)
	}
	return alerts, failed, nil
}

// decode takes one JSON object and nothing beside it: a line of text before it is how the scanner told of failures in earlier versions.
func decode(raw []byte) (out output, err error) {
	if len(raw) > MaxOutput {
		return out, fmt.Errorf("%w: got more than %d bytes (MaxOutput)", ErrOutput, MaxOutput)
	}
	canonical, err := surface.Canonical(raw)
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrOutput, err)
	}
	if err := json.Unmarshal(canonical, &out); err != nil {
		return out, fmt.Errorf("%w: %w", ErrOutput, err)
	}
	return out, nil
}

// matches tells whether r is about the item that was sent in its place. The scanner keeps the order and repeats name and description, which
// tells items apart that share a name.
func (r result) matches(i Item) error {
	var name, description, uri string
	switch r.Type {
	case formTool:
		name, description = r.Tool, r.ToolDescription
	case formPrompt:
		name, description = r.Prompt, r.PromptDescription
	case formResource:
		name, uri, description = r.Resource, r.ResourceURI, i.description // it repeats none
		if r.ResourceContentType != textMIME {
			return fmt.Errorf("got the type %.80q of %s, want %q", r.ResourceContentType, i.label(), textMIME)
		}
	}
	if r.Type != i.form || name != i.name || description != i.description || uri != i.uri {
		return fmt.Errorf("got the %.20s %.80q, want %s as it was sent", r.Type, name, i.label())
	}
	return nil
}

// read takes one result apart. An error means that the result contradicts itself.
func (r result) read(item int, label string, asked []string, failed failures) (alerts []alert, err error) {
	if r.Status != "completed" {
		r.blame(label, asked, failed)
	}
	for key := range r.Findings {
		if !slices.Contains(asked, analyzerOf(key)) {
			return nil, fmt.Errorf("got findings of %.80q, which was not asked for", key)
		}
	}
	for _, e := range r.Errors {
		name := analyzerOf(e.Analyzer)
		if !slices.Contains(asked, name) {
			failed.all(asked, fmt.Sprintf("%s: %.80q failed", label, e.Analyzer))
			continue
		}
		failed.add(name, fmt.Sprintf("%s: %.120q", label, e.Message))
	}
	total := 0
	for _, a := range asked {
		n, found, err := r.of(a, item, label, failed)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a, err)
		}
		total += n
		alerts = append(alerts, found...)
	}
	if r.Status == "completed" && (r.Safe == nil || *r.Safe != (total == 0)) {
		return nil, fmt.Errorf("got %d findings and a verdict that does not fit them", total)
	}
	return alerts, nil
}

// of reads what an analyzer says. The API analyzer has two entries where it found something: one under the name it runs by, which is then empty,
// and one under the name in its findings.
func (r result) of(analyzer string, item int, label string, failed failures) (total int, alerts []alert, err error) {
	missing := true
	for _, key := range slices.Sorted(maps.Keys(r.Findings)) {
		if analyzerOf(key) != analyzer {
			continue
		}
		missing = false
		got := r.Findings[key]
		if got.Status != "" {
			failed.add(analyzer, fmt.Sprintf("%s: this analyzer's status is %.40q", label, got.Status))
		}
		if err := got.consistent(); err != nil {
			return 0, nil, err
		}
		total += *got.Total
		alerts = append(alerts, got.alerts(item, analyzer, label, failed)...)
	}
	if missing {
		failed.add(analyzer, label+": it has no result of this analyzer")
	}
	return total, alerts, nil
}

// analyzerOf is the analyzer behind the names that the output has for it: "yara_analyzer", "YARA", "apianalyzer_analyzer", "ApiAnalyzer".
func analyzerOf(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), "_analyzer"), "analyzer")
}

// blame fails the analyzers behind a status other than completed: those that have an error, else all.
func (r result) blame(label string, asked []string, failed failures) {
	if len(r.Errors) == 0 || r.Status != "partial" && r.Status != "failed" {
		failed.all(asked, fmt.Sprintf("%s: the status is %.40q, want completed", label, r.Status))
	}
}

// consistent refuses numbers and names that do not fit each other.
func (a analysis) consistent() error {
	switch {
	case a.Total == nil || *a.Total < len(a.Threats) || *a.Total > 0 && len(a.Threats) == 0:
		return fmt.Errorf("got %d names of threats and a number of findings that does not fit", len(a.Threats))
	case *a.Total == 0 && (len(a.Taxonomies) > 0 || a.Severity != "SAFE" && a.Status == ""):
		return fmt.Errorf("got no findings and the severity %.40q with %d taxonomies", a.Severity, len(a.Taxonomies))
	}
	return nil
}
