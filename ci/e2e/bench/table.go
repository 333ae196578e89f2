package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// table is a run's outcome, also in JSON.
type table struct {
	SchemaVersion int    `json:"schemaVersion"` // 1
	Date          string `json:"date"`          // YYYY-MM-DD, UTC
	Server        string `json:"server"`
	Rounds        int    `json:"rounds"`
	CPUs          int    `json:"cpus"`
	Load          string `json:"load"` // load averages of 1, 5 and 15 minutes when the run began
	Rows          []row  `json:"rows"`
}

// row is one measurement, or the reason why it could not be made.
type row struct {
	Name     string  `json:"name"`
	Measured *amount `json:"measured,omitempty"`
	Against  *amount `json:"against,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"`  // 0: nothing is compared
	Share    float64 `json:"share,omitempty"`  // of a whole, 0 to 1; 0: not part of one
	Target   string  `json:"target,omitempty"` // of the ratio, or of the measured value where there is none
	Note     string  `json:"note,omitempty"`
	Reason   string  `json:"reason,omitempty"` // why there is no value
}

// amount is a value of one side: the median of its samples.
type amount struct {
	What    string    `json:"what"`
	Unit    string    `json:"unit"` // s, MB (10^6 bytes) or MiB
	Median  float64   `json:"median"`
	Samples []float64 `json:"samples"`
}

func seconds(what string, samples []float64) *amount {
	return &amount{What: what, Unit: "s", Median: median(samples), Samples: samples}
}

func single(what, unit string, value float64) *amount {
	return &amount{What: what, Unit: unit, Median: value, Samples: []float64{value}}
}

// missing are rows that could not be measured, for one reason.
func missing(err error, names ...string) (rows []row) {
	for _, n := range names {
		rows = append(rows, row{Name: n, Reason: err.Error()})
	}
	return rows
}

func median(samples []float64) float64 {
	s := slices.Sorted(slices.Values(samples))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func newTable(o options) *table {
	load := "unknown"
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		if f := strings.Fields(string(raw)); len(f) >= 3 {
			load = strings.Join(f[:3], " ")
		}
	}
	return &table{
		SchemaVersion: 1, Date: time.Now().UTC().Format(time.DateOnly), Server: o.server, Rounds: o.rounds, CPUs: runtime.NumCPU(), Load: load,
	}
}

// print writes the table for a person.
func (t *table) print(w io.Writer) {
	fmt.Fprintf(w, "server %s, %s, %d rounds, %d CPUs, load at the start %s\n\n", t.Server, t.Date, t.Rounds, t.CPUs, t.Load)
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "WHAT\tMEASURED\tAGAINST\tRATIO\tTARGET")
	var notes []string
	for _, r := range t.Rows {
		if r.Reason != "" {
			fmt.Fprintf(tw, "%s\tnot measured (%d)\t\t\t\n", r.Name, len(notes)+1)
			notes = append(notes, r.Reason)
			continue
		}
		name := r.Name
		if r.Note != "" {
			notes = append(notes, r.Note)
			name += fmt.Sprintf(" (%d)", len(notes))
		}
		fmt.Fprintln(tw, strings.Join([]string{name, r.Measured.String(), r.against(), r.ratio(), r.Target}, "\t"))
	}
	tw.Flush()
	for l := range strings.Lines(b.String()) {
		fmt.Fprintln(w, strings.TrimRight(l, " \n"))
	}
	for i, n := range notes {
		fmt.Fprintf(w, "\n(%d) %s", i+1, strings.ReplaceAll(strings.TrimSpace(n), "\n", "\n    "))
	}
	if len(notes) > 0 {
		fmt.Fprintln(w)
	}
}

func (r row) against() string {
	if r.Against == nil {
		return ""
	}
	return r.Against.What + " " + r.Against.String()
}

func (r row) ratio() string {
	switch {
	case r.Share != 0:
		return fmt.Sprintf("%.0f %%", 100*r.Share)
	case r.Ratio != 0:
		return fmt.Sprintf("%.2f", r.Ratio)
	}
	return ""
}

func (a amount) String() string {
	if a.Unit == "s" && a.Median < 10 {
		return fmt.Sprintf("%.2f s", a.Median)
	}
	return fmt.Sprintf("%.1f %s", a.Median, a.Unit)
}

// write writes the table as JSON.
func (t *table) write(file string) error {
	raw, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}
