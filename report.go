package main

import (
	"errors"

	"dagger/dockyard/pipeline/report"
)

func newReport(r report.Report) *Report {
	return &Report{Status: r.Status, Summary: r.Summary(), Markdown: r.Markdown(), Json: r.JSON()}
}

// Fail with the summary when the report blocks, and say nothing otherwise.
//
// +cache="session"
func (r *Report) Assert() error {
	if r.Status == report.Failed {
		return errors.New("the check failed\n" + r.Summary)
	}
	return nil
}
