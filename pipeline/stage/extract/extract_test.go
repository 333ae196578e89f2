package extract

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const jsMain = "app/node_modules/@scope/server/dist/index.js"

func one(t *testing.T, name, text string) Result {
	t.Helper()
	argv := []string{"/usr/local/bin/node", "/" + jsMain}
	if strings.HasSuffix(name, ".py") {
		argv = []string{"/app/bin/python", "/app/bin/server"}
	}
	r, err := Extract(fstest.MapFS{
		name:             {Data: []byte(text)},
		jsMain:           {Data: []byte("#!/usr/bin/env node\nimport './x.js'")},
		"app/bin/server": {Data: []byte("#!/app/bin/python\nimport sys\nfrom my_server.main import main\n")},
	}, argv)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestExtract(t *testing.T) {
	const js, py = "app/node_modules/@scope/server/dist/x.js", "app/lib/python3.13/site-packages/my_server/main.py"
	for _, c := range []struct{ what, name, text, want string }{
		{"registerTool", js, `server.registerTool("search", { title: "Search", description: "Finds " + "things",
			inputSchema: { q: z.string().min(1).describe("What to find"), n: z.number().optional() } }, async ({ q }) => ({ content: [] }));`,
			`{"description":"Finds things","inputSchema":{"properties":{"q":{"description":"What to find"}},"type":"object"},"name":"search","title":"Search"}`},
		{"tool with a shape", js, `const NAME = 'add'; server.tool(NAME, "Adds", { a: z.number().describe('first') }, async () => { return /["'{]/.test(x) })`,
			`{"description":"Adds","inputSchema":{"properties":{"a":{"description":"first"}},"type":"object"},"name":"add"}`},
		{"an object", js, `export const TOOL = { name: "think", description: ` + "`Deep\nthought`" + `, inputSchema: { type: "object", properties: { n: { type: "integer", description: "it's" } }, required: ["n"] } };`,
			`{"description":"Deep\nthought","inputSchema":{"properties":{"n":{"description":"it's","type":"integer"}},"required":["n"],"type":"object"},"name":"think"}`},
		{"a word defined later", js, `s.registerTool(N.GET, { description: D, inputSchema: {} }, f); const D = "text"; const N = { GET: "get_it" };`,
			`{"description":"text","inputSchema":{"type":"object"},"name":"get_it"}`},
		{"comments", js, `// server.tool("a", "b", {})
			/* server.tool("a", "b", {}) */ server.tool("c", "d", {}, f)`,
			`{"description":"d","inputSchema":{"type":"object"},"name":"c"}`},
		{"a decorator", py, `
@mcp.tool()
async def search(ctx: Context, query: str, limit: Annotated[int, Field(description="at most")] = 3) -> list[str]:
    """Finds things.

    Everywhere.
    """
    return []

@mcp.tool
def other(x): "short"

@cache
def no_tool(x):
    "not one"
`, `{"description":"Finds things.\n\nEverywhere.","inputSchema":{"properties":{"limit":{"description":"at most"},"query":{}},"type":"object"},"name":"search"}
{"description":"short","inputSchema":{"properties":{"x":{}},"type":"object"},"name":"other"}`},
		{"a decorator with arguments", py, "@app.tool(name='n', description=\"d\")\n@other\ndef f(self): pass\n", `{"description":"d","inputSchema":{"type":"object"},"name":"n"}`},
		{"Tool(…)", py, `
class Names(str, Enum):
    GET = "get_time"

async def list_tools():
    return [Tool(name=Names.GET.value, description="Gets "
        "the time", inputSchema={"type": "object", "properties": {"zone": {"type": "string", "description": f"as '{x}'"}}, "required": ["zone"]})]
`, `{"description":"Gets the time","inputSchema":{"properties":{"zone":{"description":"as '{x}'","type":"string"}},"required":["zone"],"type":"object"},"name":"get_time"}`},
		{"nothing", js, `const x = { name: "a", description: "b" }; y.describe("z"); it("x", {})`, ""},
		{"a dependency", "app/node_modules/@scope/server/node_modules/sdk/example.js", `server.tool("a", "b", {}, f)`, ""},
		{"a name that is none", js, `server.tool("a b\n", "b", {}, f)`, ""},
		{"half a file", js, `server.registerTool("x", { description: "y", inputSchema: { a: z.string(`, `{"description":"y","inputSchema":{"type":"object"},"name":"x"}`},
	} {
		t.Run(c.what, func(t *testing.T) {
			var got []string
			for _, raw := range one(t, c.name, c.text).Tools {
				got = append(got, string(raw))
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	const js = "app/node_modules/@scope/server/dist/x.js"
	r := one(t, js, strings.Repeat("([{", maxFrames))
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "nested") {
		t.Errorf("nesting: got %q", r.Warnings)
	}
	r = one(t, js, strings.Repeat(" ", maxFileBytes+1))
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "larger") {
		t.Errorf("a large file: got %q", r.Warnings)
	}
	if r, err := Extract(fstest.MapFS{}, []string{"/server"}); err != nil || len(r.Warnings) != 1 {
		t.Errorf("a binary: got %q, %v", r.Warnings, err)
	}
}

// TestLinear doubles texts that would cost the square of their length if brackets or quotes were looked at again.
func TestLinear(t *testing.T) {
	for _, unit := range []string{"a(", "{a:", `"`, "`", "/*", "/[", "@x.tool\ndef f(", "x='", `"""`, "a+'b'+", "tool('a','b',{}),", "z.describe('x')"} {
		for _, name := range []string{"app/node_modules/@scope/server/dist/x.js", "app/lib/python3.13/site-packages/my_server/main.py"} {
			begun := time.Now()
			one(t, name, strings.Repeat(unit, (1<<20)/len(unit)))
			if took := time.Since(begun); took > 4*time.Second {
				t.Errorf("%q in %s: %v for a MiB", unit, name, took)
			}
		}
	}
}

func FuzzTools(f *testing.F) {
	f.Add([]byte(`server.registerTool("x", { description: "y", inputSchema: { a: z.string().describe("b") } })`), false)
	f.Add([]byte("@mcp.tool()\ndef f(a: int = 1):\n  '''d'''\n"), true)
	f.Fuzz(func(t *testing.T, text []byte, python bool) {
		tools, _ := source{text: text, python: python}.tools(maxToolBytes)
		for _, d := range tools {
			d.encode()
		}
	})
}

// TestNestedDefinitions has tools inside tools: each holds all that are in it.
func TestNestedDefinitions(t *testing.T) {
	const deep = 300
	text := "x=" + strings.Repeat(`{name:"a",description:"d",schema:{properties:{p:`, deep) + "{" + strings.Repeat("k", 100_000) + `:"v"}` + strings.Repeat("}}}", deep)
	r, err := Extract(fstest.MapFS{"app/node_modules/a/x.js": {Data: []byte(text)}}, []string{"node", "/app/node_modules/a/x.js"})
	total := 0
	for _, tool := range r.Tools {
		total += len(tool)
	}
	if err != nil || len(r.Tools) == 0 || total > maxToolBytes || len(r.Warnings) == 0 {
		t.Errorf("got %d tools of %d bytes, %v, %v", len(r.Tools), total, r.Warnings, err)
	}
}
