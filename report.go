package main

import (
	"errors"

	"dagger/dockyard/pipeline/report"
)

// Report is the outcome of a check. Asking for it never fails because of what was found; `assert` does.
type Report struct {
	// PASSED, WARNINGS or FAILED
	Status string
	// The report for a terminal
	Summary string
	// The report for a pull request, as Markdown
	Markdown string
	// The report as JSON, with a schemaVersion
	Json string
}

func newReport(r report.Report) *Report {
	return &Report{Status: r.Status, Summary: r.Summary(), Markdown: r.Markdown(), Json: r.JSON()}
}

// Fail with the summary when the report blocks, and say nothing otherwise.
func (r *Report) Assert() error {
	if r.Status == report.Failed {
		return errors.New("the check failed\n" + r.Summary)
	}
	return nil
}
