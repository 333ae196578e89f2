package injection

import (
	"strings"

	"dagger/dockyard/pipeline/finding"
	"dagger/dockyard/pipeline/stage/mcpscan/fields"
	l "dagger/dockyard/pipeline/stage/mcpscan/language"
	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// payload judges decoded text.
func (a *analysis) payload(f prose.Field, encoding, decoded, source string) {
	if why := command(decoded); why != "" {
		out := a.finding(f, payload, finding.High, "carries "+why+" in "+encoding+" text", prose.Line(source))
		out.Decoded = prose.Line(decoded)
		a.out = append(a.out, out)
	}
	a.sentences(f, l.Sentences(decoded), decoded, encoding)
}

// command tells what kind of command a decoded text is; "" for other text.
func command(s string) string {
	t := " " + strings.ToLower(s)
	fetches := strings.Contains(t, "curl") || strings.Contains(t, "wget") || strings.Contains(t, "iwr ") || strings.Contains(t, "invoke-webrequest")
	shell := strings.Contains(t, "bash") || strings.Contains(t, "sh") || strings.Contains(t, "python") || strings.Contains(t, "perl") || strings.Contains(t, "iex")
	for _, c := range []struct {
		is   bool
		what string
	}{
		{strings.Contains(t, "/dev/tcp/") || strings.Contains(t, "/dev/udp/"), "a reverse shell"},
		{strings.Contains(t, "nc -e") || strings.Contains(t, "ncat ") || strings.Contains(t, "mkfifo "), "a reverse shell"},
		{fetches && strings.Contains(t, "|") && shell, "a download that is run"},
		{fetches && (strings.Contains(t, "http") || strings.Contains(t, "-d ") || strings.Contains(t, "--data")), "a download or upload"},
		{strings.Contains(t, "rm -rf") || strings.Contains(t, "rm -fr") || strings.Contains(t, "del /f"), "a command that deletes"},
		{strings.Contains(t, "powershell") || strings.Contains(t, "cmd.exe") || strings.Contains(t, "cmd /c"), "a Windows command"},
		{strings.Contains(t, "os.system") || strings.Contains(t, "subprocess") || strings.Contains(t, "child_process") || strings.Contains(t, "eval(") || strings.Contains(t, "exec("), "code that runs commands"},
		{strings.Contains(t, "/bin/sh") || strings.Contains(t, "/bin/bash"), "a shell"},
		{strings.Contains(t, "<script") || strings.Contains(t, "javascript:"), "a script"},
		{strings.Contains(t, "chmod ") && strings.Contains(t, "+x"), "a command that makes a file run"},
		{strings.Contains(t, " cat ~/") || strings.Contains(t, " cat /etc/"), "a command that reads files"},
	} {
		if c.is {
			return c.what
		}
	}
	return ""
}

// name judges names as words: a parameter called content_of_ssh_id_rsa asks for the key by its name.
func (a *analysis) name(f prose.Field) {
	if f.Role != fields.ParamName && f.Role != fields.Name && f.Role != fields.Title || len(f.Text.Plain) > 4096 {
		return
	}
	w := strings.ToLower(f.Text.Plain)
	loot := strings.Contains(w, "id_rsa") || strings.Contains(w, "ssh_key") || strings.Contains(w, "ssh_private") || strings.Contains(w, "etc_passwd") || strings.Contains(w, "dotenv") ||
		strings.Contains(w, "system_prompt") || strings.Contains(w, "env_file") || strings.Contains(w, "aws_credentials")
	takes := strings.Contains(w, "content") || strings.Contains(w, "reading") || strings.Contains(w, "from_") || strings.Contains(w, "exfil") || strings.Contains(w, "dump") || strings.Contains(w, "steal")
	if loot && takes && !a.defends {
		a.out = append(a.out, a.finding(f, sensitive, finding.High, "asks for a secret by its own name", prose.Line(f.Text.Plain)))
	}
	if f.Role == fields.ParamName && len(strings.Split(w, "_")) >= 5 {
		spaced := strings.ReplaceAll(f.Text.Plain, "_", " ")
		a.sentences(f, l.Sentences(spaced), spaced, "")
	}
}
