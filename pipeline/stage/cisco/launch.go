package cisco

import (
	"os"
	"slices"
	"strings"
)

// start runs the scanner's console script. Its arguments are those after the program text.
const start = `import sys
from mcpscanner.cli import cli_entry_point
sys.argv[0] = "mcp-scanner"
sys.exit(cli_entry_point())
`

// withoutModels comes before start where no language model is asked. The scanner imports its client for models (litellm, two thirds of its
// start-up and the part of it that once carried malware) whatever it does; the name is taken by a module that only raises.
const withoutModels = `import sys, types
models = types.ModuleType("litellm")
async def acompletion(*args, **keywords):
    raise RuntimeError("this run has no language model")
models.acompletion = acompletion
sys.modules["litellm"] = models
`

// Variables that hold the keys for the analyzers LLM and API, and how to reach them, as the scanner reads them.
var variables = map[string][]string{
	LLM: {"MCP_SCANNER_LLM_API_KEY", "MCP_SCANNER_LLM_MODEL", "MCP_SCANNER_LLM_BASE_URL"},
	API: {"MCP_SCANNER_API_KEY", "MCP_SCANNER_ENDPOINT"},
}

// certificates are those that the base has, with what the engine adds.
const certificates = "/etc/ssl/certs/ca-certificates.crt"

// quietModels comes before start where one is asked: the client would print advice on standard output when a model cannot be reached.
const quietModels = `import litellm
litellm.suppress_debug_info = True
`

// argv starts the scanner's static mode over the files. -P keeps the working directory out of the places that modules come from.
func argv(python string, asked []string, files map[string]string) []string {
	program := withoutModels + start
	if slices.Contains(asked, LLM) {
		program = quietModels + start
	}
	args := []string{python, "-P", "-c", program, "--analyzers", strings.Join(asked, ","), "--format", "raw", "static"}
	for _, form := range []string{formTool, formPrompt, formResource} {
		if name := files[form]; name != "" {
			args = append(args, "--"+form+"s", name)
		}
	}
	return append(args, "--mime-types", textMIME)
}

// environment is all that the scanner gets: of this process's own, only the keys of what was asked.
func environment(asked []string, home string) []string {
	env := []string{"HOME=" + home, "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0", "LITELLM_LOCAL_MODEL_COST_MAP=True"}
	for _, a := range asked {
		for _, name := range variables[a] {
			if value := os.Getenv(name); value != "" {
				env = append(env, name+"="+value)
			}
		}
	}
	if _, err := os.Stat(certificates); err == nil {
		env = append(env, "SSL_CERT_FILE="+certificates)
	}
	return env
}
