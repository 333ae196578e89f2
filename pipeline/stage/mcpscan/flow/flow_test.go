package flow

import (
	"encoding/json"
	"testing"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
	"dagger/dockyard/pipeline/surface"
)

func set(t *testing.T, server string, tools ...[2]string) Set {
	t.Helper()
	s := &surface.Surface{}
	for _, p := range tools {
		raw, _ := json.Marshal(map[string]string{"name": p[0], "description": p[1]})
		s.Tools = append(s.Tools, raw)
	}
	list, err := fields.Walk(s)
	if err != nil {
		t.Fatal(err)
	}
	out := Set{Server: server}
	for _, it := range list {
		out.Items = append(out.Items, prose.New(it))
	}
	return out
}

var (
	inbox    = [2]string{"read_inbox", "Reads recent emails."}
	send     = [2]string{"send_email", "Sends an email."}
	customer = [2]string{"get_customer", "Reads a customer record."}
	remove   = [2]string{"delete_pod", "Deletes a Kubernetes pod."}
)

func TestAnalyze(t *testing.T) {
	for _, c := range []struct {
		name   string
		own    Set
		others []Set
		code   string
		want   finding.Severity
		steps  int
	}{
		{"across servers", set(t, "mail", inbox, send), []Set{set(t, "crm", customer)}, "TF001", finding.High, 3},
		{"seen from the other server", set(t, "crm", customer), []Set{set(t, "mail", inbox, send)}, "TF001", finding.High, 3},
		{"a server that takes no part", set(t, "clock", [2]string{"get_time", "Returns the time."}), []Set{set(t, "mail", inbox, send), set(t, "crm", customer)}, "", "", 0},
		{"destructive across", set(t, "mail", inbox), []Set{set(t, "ops", remove)}, "TF002", finding.High, 2},
		{"no untrusted source", set(t, "crm", customer), []Set{set(t, "ops", remove)}, "", "", 0},
		{"a mail client", set(t, "gmail", inbox, send, [2]string{"delete_email", "Deletes an email."}), nil, "TF002", finding.Medium, 2},
		{"a bundle", set(t, "helper", [2]string{"read_gmail", "Reads Gmail."}, remove), nil, "TF002", finding.High, 2},
	} {
		var got finding.Finding
		for _, f := range finding.Sort(Analyze(c.own, c.others)) {
			got = f
			break
		}
		if got.Code != c.code || got.Severity != c.want || len(got.Path) != c.steps {
			t.Errorf("%s: got %s %s with %d steps, want %s %s with %d: %s", c.name, got.Code, got.Severity, len(got.Path), c.code, c.want, c.steps, got.Evidence)
		}
	}
}

// TestProducts keeps the constant in step with the list that it counts in.
func TestProducts(t *testing.T) {
	if domains[products].name != "messages" {
		t.Errorf("domains[%d] is %q, want the first kind of data, messages", products, domains[products].name)
	}
}
