package flow

import (
	"strings"

	"dagger/dockyard/pipeline/stage/mcpscan/prose"
)

// Role is a set of parts that a tool can play in a flow.
type Role uint8

// Roles.
const (
	Untrusted   Role = 1 << iota // brings in text that strangers wrote
	Private                      // reads data that is not public
	Sink                         // sends data to where strangers can read it
	Destructive                  // deletes or runs what cannot be taken back
)

// Names of roles as reports show them.
var roleNames = map[Role]string{Untrusted: "untrusted content", Private: "private data", Sink: "public sink", Destructive: "destructive action"}

// tool is one tool with its roles.
type tool struct {
	server, name string
	roles        Role
	domain       string // product family or kind of data; empty when unknown
}

// classify infers the roles of a tool from the verb and objects of its name and the first sentence of its description, then its
// parameters and annotations. Annotations can add a role; they cannot take one away, because the server writes them itself.
func classify(server string, it prose.Item) tool {
	t := tool{server: server, name: it.Name}
	name := prose.Words(it.PlainName())
	desc := prose.Words(summary(it.PlainDescription()))
	all := append(append([]string{}, name...), desc...)
	v := verbs(name, desc)
	w := map[string]bool{}
	for _, x := range all {
		w[x] = true
		w[strings.TrimSuffix(x, "s")] = true
	}
	params := map[string]bool{}
	for _, p := range it.Params {
		for _, x := range prose.Words(p) {
			params[x] = true
		}
	}
	if untrusted(v, w, params) {
		t.roles |= Untrusted
	}
	if private(v, w) {
		t.roles |= Private
	}
	if sink(v, w, params) {
		t.roles |= Sink
	}
	if destructive(v, w, it) {
		t.roles |= Destructive
	}
	t.domain = domain(w)
	return t
}

// summary is the first sentence.
func summary(s string) string {
	const most = 240
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	for _, end := range []string{". ", ".\n", "\n\n"} {
		if i := strings.Index(s, end); i > 20 {
			s = s[:i]
		}
	}
	return s
}

// action is what the verbs of a tool do.
type action uint8

const (
	reads action = 1 << iota
	fetches
	sends
	deletes
	runs
	edits
)

var verbKinds = map[string]action{}

func init() {
	for kind, list := range map[action]string{
		reads:   "extract extracts collect collects summarize summarizes transcribe watch listen receive poll import parse preview monitor extracting whoami analyze access check summarize gets get gets read reads list lists search searches find finds retrieve retrieves query queries load show view describe export download downloads lookup fetch fetches returns return execute run select ask inspect open dump recall check",
		fetches: "fetch fetches browse browses browser crawl crawls scrape scrapes navigate navigates visit visits goto download surf",
		sends:   "send sends post posts publish publishes tweet reply replies forward share shares email emails submit upload uploads broadcast notify comment comments message push create creates add adds",
		deletes: "clear clears rollback ban bans kick deactivate suspend cancel cancels refund refunds reset resets overwrite overwrites shutdown reboot disable disables delete deletes remove removes drop drops destroy destroys wipe wipes purge purges erase erases terminate terminates uninstall uninstalls truncate kill kills revoke trash",
		runs:    "execute executes run runs eval evaluate exec apply",
		edits:   "create creates add adds update updates write writes set edit edits move copy",
	} {
		for _, v := range strings.Fields(list) {
			verbKinds[v] |= kind
		}
	}
}

// verbs reads the verbs of the name; where it has none, the first words of the description.
func verbs(name, desc []string) action {
	var v action
	for _, w := range name {
		v |= verbKinds[w]
	}
	if len(desc) > 0 {
		for _, w := range desc[:min(2, len(desc))] {
			v |= verbKinds[w]
		}
	}
	return v
}

func has(w map[string]bool, list ...string) bool {
	for _, x := range list {
		if w[x] {
			return true
		}
	}
	return false
}

// untrusted: mail, messages, comments, issues of public trackers, web pages, feeds.
func untrusted(v action, w, params map[string]bool) bool {
	if v&(reads|fetches) == 0 || v&(sends&^reads) != 0 && v&(reads|fetches) == 0 {
		return false
	}
	if v&deletes != 0 || onlySends(v) {
		return false
	}
	switch {
	case has(w, "inbox", "mailbox", "gmail", "tweet", "rss", "feed", "reddit", "subreddit", "newsletter", "voicemail", "imap", "podcast", "telegram", "whatsapp", "discord", "dms"):
		return true
	case has(w, "email", "mail", "sm", "sms", "message") && !has(w, "template", "commit", "queue", "domain", "error", "campaign", "marketing", "log", "kafka", "topic", "sqs", "broker", "partition"):
		return true
	case has(w, "comment", "review", "forum", "thread", "hackernews", "feedback", "submission", "attachment") && !has(w, "code", "coverage", "policy"):
		return true
	case has(w, "issue", "ticket", "pull", "discussion") && has(w, "github", "gitlab", "jira", "repository", "zendesk", "bitbucket", "linear", "support", "intercom", "helpdesk", "freshdesk", "servicenow"):
		return true
	case v&fetches != 0 && has(w, "web", "webpage", "website", "url", "page", "internet", "html", "link", "browser") || has(w, "webpage", "website") && v&reads != 0 && has(w, "content", "text", "markdown", "read", "fetch", "html"):
		return true
	case has(w, "web", "internet", "google", "bing", "duckduckgo", "brave", "news", "youtube", "tavily") && has(w, "search", "result", "transcript", "news"):
		return true
	case has(w, "transcript", "article", "wikipedia", "arxiv", "paper", "podcast", "story", "storie", "hackernew", "hacker") && !has(w, "user story"):
		return true
	case has(w, "post", "video", "caption", "subtitle") && has(w, "social", "youtube", "linkedin", "instagram", "blog", "tiktok", "facebook", "public", "timeline"):
		return true
	case v&reads != 0 && params["url"] && has(w, "content", "page", "url", "extract", "web", "html", "text", "markdown", "scrape"):
		return true
	case v&fetches != 0 && params["url"]:
		return true
	}
	return false
}

func onlySends(v action) bool { return v&sends != 0 && v&(reads|fetches) == 0 }

// private: files, documents, databases, source code, customers, secrets, calendars.
func private(v action, w map[string]bool) bool {
	if v&(reads|runs) == 0 || has(w, "public", "documentation", "docs") && !has(w, "private", "document", "customer") {
		return false
	}
	if v&deletes != 0 {
		return false
	}
	switch {
	case has(w, "database", "sql", "postgres", "postgresql", "mysql", "sqlite", "mongodb", "snowflake", "bigquery", "warehouse", "redis", "clickhouse", "supabase"):
		return has(w, "query", "sql", "execute", "read", "select", "row", "record", "data", "search", "find", "collection", "value") || v&runs != 0
	case has(w, "file", "document", "drive", "directory", "filesystem", "node", "dropbox", "sharepoint", "onedrive", "vault") && has(w, "content", "read", "file", "document", "drive", "local", "private", "search", "repository", "download"):
		return !has(w, "kubernetes", "cluster", "type", "fal", "bitcoin", "rpc", "library")
	case has(w, "customer", "patient", "employee", "payroll", "salary", "invoice", "holding", "portfolio", "medical", "contact", "calendar", "crm", "lead", "password", "credential", "secret", "ssh", "kubeconfig", "transaction", "billing", "payment", "dispute"):
		return !onChain(w)
	case has(w, "source") && has(w, "code", "raw") || has(w, "code") && has(w, "private", "repository", "repo", "file"):
		return true
	case has(w, "note", "notes", "notion", "journal", "diary", "wiki", "confluence", "obsidian", "memory", "bookmark", "history", "organization", "analytics") && has(w, "content", "note", "page", "read", "search", "get", "retrieve", "your", "organization", "my"):
		return true
	case has(w, "log", "secret", "configmap", "device", "host", "detection", "incident", "alert", "vulnerability", "risk", "asset", "entity") && !has(w, "changelog", "blog"):
		return !onChain(w)
	case has(w, "table", "bucket", "project", "workspace", "dataset", "report", "dashboard", "pipeline", "build", "artifact", "event", "trace", "metric", "job", "config"):
		return !onChain(w) && !has(w, "example", "type", "library", "language", "schema", "sample", "package", "version")
	case has(w, "account", "balance", "subscription", "order", "position", "profile", "user", "member", "tenant", "organisation", "policy", "health", "fitness", "photo", "location", "screenshot", "clipboard"):
		return !onChain(w)
	case has(w, "private", "confidential", "personal", "internal", "sensitive", "home") || has(w, "data", "info", "information") && has(w, "user", "my", "company", "account"):
		return true
	}
	return false
}

// onChain tells data that is public by design.
func onChain(w map[string]bool) bool {
	return has(w, "bitcoin", "satoshi", "mempool", "chain", "block", "solana", "ethereum", "rune", "brc20", "utxo", "rpc", "token", "nft", "dex", "onchain", "blockchain", "inscription", "public", "weather", "stock")
}

// sink: mail, messages, posts, publishing, webhooks, uploads to public places, requests to any address.
func sink(v action, w, params map[string]bool) bool {
	if has(w, "webhook") && has(w, "create", "creates", "add", "set", "register", "update", "send", "call", "trigger") && v&(sends|edits) != 0 {
		return true
	}
	if has(w, "http", "https") && has(w, "post", "put", "request") && v&reads == 0 || has(w, "curl") {
		return true
	}
	if v&sends == 0 {
		return false
	}
	switch {
	case has(w, "send", "sends", "reply", "forward") && has(w, "email", "mail", "message", "sms", "sm", "slack", "telegram", "whatsapp", "dm", "discord", "chat", "notification", "webhook", "fax"):
		return true
	case has(w, "tweet", "publish", "publishe", "broadcast", "gist", "pastebin", "paste"):
		return true
	case has(w, "post") && has(w, "message", "slack", "comment", "channel", "twitter", "social", "blog", "tweet", "linkedin", "forum", "facebook", "reddit", "update", "public"):
		return true
	case has(w, "create", "open", "submit", "comment", "add", "write") && has(w, "comment", "issue", "pull", "gist", "discussion", "tweet", "review", "public") && !has(w, "internal", "sonarqube"):
		return true
	case has(w, "upload", "share") && has(w, "public", "external", "url", "link", "anyone", "internet", "s3", "imgur", "anonymous", "site"):
		return true
	}
	return params["webhook"] && v&sends != 0
}

// destructive: deletion, and running what one is given.
func destructive(v action, w map[string]bool, it prose.Item) bool {
	if hint, ok := it.Annotations["destructiveHint"].(bool); ok && hint && v&(deletes|runs|edits) != 0 {
		if ro, _ := it.Annotations["readOnlyHint"].(bool); !ro {
			return v&(deletes|runs) != 0
		}
	}
	if v&deletes != 0 {
		return !has(w, "label", "reaction", "bookmark", "filter", "background")
	}
	if has(w, "destructive") && !has(w, "non") {
		return true
	}
	if v&runs != 0 && has(w, "command", "shell", "bash", "powershell", "terminal", "code", "python", "javascript", "script") {
		return true
	}
	return v&runs != 0 && has(w, "sql") && has(w, "raw", "arbitrary", "any", "write", "statement") || has(w, "transfer", "wire", "pay") && has(w, "fund", "money", "bank", "payment") || has(w, "place") && has(w, "order") && has(w, "buy", "sell", "trade", "trading", "order")
}

// domain names the product family of a tool, or else the kind of data that it handles.
func domain(w map[string]bool) string {
	for _, d := range domains {
		if has(w, d.words...) {
			return d.name
		}
	}
	return ""
}

// domains in order: products first. Products of one suite are one family.
var domains = []struct {
	name  string
	words []string
}{
	{"google", []string{"gmail", "google", "gdrive"}}, {"microsoft", []string{"outlook", "sharepoint", "onedrive", "teams", "microsoft", "exchange"}},
	{"alfresco", []string{"alfresco"}}, {"kubernetes", []string{"kubernetes", "kubectl", "k8", "helm", "pod", "kube"}}, {"stripe", []string{"stripe"}}, {"slack", []string{"slack"}},
	{"github", []string{"github"}}, {"gitlab", []string{"gitlab"}}, {"atlassian", []string{"jira", "confluence", "atlassian", "bitbucket"}}, {"notion", []string{"notion"}},
	{"salesforce", []string{"salesforce"}}, {"zscaler", []string{"zscaler", "zpa", "zia", "zdx"}}, {"sonarqube", []string{"sonarqube", "sonar"}}, {"webflow", []string{"webflow"}},
	{"aws", []string{"aws", "s3", "ec2", "lambda", "dynamodb"}}, {"azure", []string{"azure"}}, {"docker", []string{"docker"}}, {"discord", []string{"discord"}}, {"telegram", []string{"telegram"}},
	{"whatsapp", []string{"whatsapp"}}, {"twitter", []string{"tweet", "twitter"}}, {"dropbox", []string{"dropbox"}}, {"hubspot", []string{"hubspot"}}, {"zendesk", []string{"zendesk"}},
	{"shopify", []string{"shopify"}}, {"airtable", []string{"airtable"}}, {"linear", []string{"linear"}}, {"reddit", []string{"reddit", "subreddit"}}, {"youtube", []string{"youtube"}},
	{"buildkite", []string{"buildkite"}}, {"terraform", []string{"terraform"}}, {"zerodha", []string{"kite", "zerodha"}},
	{"keboola", []string{"keboola"}}, {"sentry", []string{"sentry"}}, {"snowflake", []string{"snowflake"}}, {"grafana", []string{"grafana"}}, {"mongodb", []string{"mongodb"}}, {"elastic", []string{"elasticsearch", "kibana"}},
	{"messages", []string{"email", "mail", "inbox", "mailbox", "imap", "smtp", "message", "chat", "channel", "sms"}}, {"database", []string{"sql", "database", "table"}}, {"calendar", []string{"calendar"}},
	{"cluster", []string{"namespace", "cluster", "deployment", "configmap"}}, {"payments", []string{"invoice", "payment", "refund", "balance", "subscription", "coupon", "dispute", "customer", "order"}},
	{"people", []string{"crm", "patient", "employee", "contact"}}, {"files", []string{"file", "directory", "folder", "filesystem", "document", "node"}},
	{"web", []string{"web", "website", "webpage", "url", "browser", "comment", "feed", "rss", "site"}}, {"shell", []string{"shell", "command", "terminal"}},
	{"code", []string{"repository", "repo", "commit", "branch", "code", "source"}}, {"builds", []string{"pipeline", "build", "artifact"}}, {"security", []string{"detection", "threat", "vulnerability", "policy", "device", "host"}},
}

// productKinds are the kinds of data that products handle.
var productKinds = map[string][]string{
	"google": {"messages", "calendar", "files", "people"}, "microsoft": {"messages", "calendar", "files", "people"}, "slack": {"messages"}, "discord": {"messages"}, "telegram": {"messages"}, "whatsapp": {"messages"},
	"alfresco": {"files"}, "dropbox": {"files"}, "notion": {"files", "database"}, "airtable": {"database"}, "snowflake": {"database"}, "mongodb": {"database"}, "stripe": {"payments", "people"}, "shopify": {"payments", "people"},
	"hubspot": {"people", "messages"}, "salesforce": {"people"}, "zendesk": {"people", "messages"}, "kubernetes": {"cluster"}, "docker": {"cluster"}, "github": {"code", "files", "builds", "web"}, "gitlab": {"code", "files", "builds", "web"},
	"atlassian": {"files", "web", "code"}, "sonarqube": {"code", "security"}, "buildkite": {"builds"}, "webflow": {"web", "files"}, "zscaler": {"security"}, "zerodha": {"payments"}, "keboola": {"database", "files"}, "sentry": {"code"},
	"reddit": {"web", "messages"}, "twitter": {"web", "messages"}, "youtube": {"web"}, "linear": {"web"}, "aws": {"files", "database", "cluster"}, "azure": {"files", "database", "cluster"},
}

// products is the number of entries of domains that name a product rather than a kind of data.
const products = 38

func isProduct(d string) bool {
	for _, p := range domains[:products] {
		if p.name == d {
			return true
		}
	}
	return false
}
