package e2e

// The servers of the private registry: each answers initialize and lists one tool.

const nodeServer = `#!/usr/bin/env node
const { name } = require('private-dependency')
const answers = {
  initialize: () => ({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name, version: '1.0.0' } }),
  'tools/list': () => ({ tools: [{ name: 'hello', description: 'Says hello.', inputSchema: { type: 'object' } }] }),
}
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const { id, method } = JSON.parse(line)
  if (id === undefined) return
  const answer = answers[method]
  console.log(JSON.stringify(answer ? { jsonrpc: '2.0', id, result: answer() } : { jsonrpc: '2.0', id, error: { code: -32601, message: 'unknown' } }))
})
`

const pythonServer = `import json
import sys

from private_dependency import NAME

ANSWERS = {
    "initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": NAME, "version": "1.0.0"}},
    "tools/list": {"tools": [{"name": "hello", "description": "Says hello.", "inputSchema": {"type": "object"}}]},
}


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" not in asked:
            continue
        answer = {"jsonrpc": "2.0", "id": asked["id"]}
        if asked["method"] in ANSWERS:
            answer["result"] = ANSWERS[asked["method"]]
        else:
            answer["error"] = {"code": -32601, "message": "unknown"}
        print(json.dumps(answer), flush=True)
`

const goServer = `package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"registry.test/private/dependency"
)

func main() {
	answers := map[string]string{
		"initialize": ` + "`" + `{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"` + "` + dependency.Name + `" + `","version":"1.0.0"}}` + "`" + `,
		"tools/list": ` + "`" + `{"tools":[{"name":"hello","description":"Says hello.","inputSchema":{"type":"object"}}]}` + "`" + `,
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var asked struct {
			ID     json.RawMessage
			Method string
		}
		if json.Unmarshal(in.Bytes(), &asked) != nil || asked.ID == nil {
			continue
		}
		if a, ok := answers[asked.Method]; ok {
			fmt.Printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n", asked.ID, a)
		} else {
			fmt.Printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32601,\"message\":\"unknown\"}}\n", asked.ID)
		}
	}
}
`
