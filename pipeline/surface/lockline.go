package surface

import (
	"bytes"
	"encoding/json"
	"strings"
)

// lists are the keys of a lock's lists, by the kind of their items (package finding).
var lists = map[string]string{"tool": "tools", "prompt": "prompts", "resource": "resources", "resourceTemplate": "resourceTemplates"}

// Lines of a lock, as EncodeLock writes it, begin so.
const (
	memberOfLock = `  "`
	endOfList    = `  ]`
	item         = `    {`
	memberOfItem = `      "`
)

// LockLine is the line of a surface lock, from 1, where a part of an item stands: the member that field, a path like
// "inputSchema.properties.a", begins with, else the beginning of the item. Of the kind "server" it is a member of the lock itself, such as the
// instructions. What is not there, or not written as EncodeLock writes it, is on line 0.
func LockLine(lock []byte, kind, name, field string) int {
	member, _, _ := strings.Cut(field, ".")
	lines := bytes.Split(lock, []byte("\n"))
	if kind == "server" {
		if member == "serverInfo" {
			member = "server"
		}
		return lineOf(lines, member)
	}
	n := lineOf(lines, lists[kind])
	if n == 0 {
		return 0
	}
	for begun, named := 0, false; n < len(lines); n++ {
		line := string(lines[n])
		switch {
		case strings.HasPrefix(line, endOfList):
			return 0
		case line == item:
			begun, named = n+1, false
		case !named && strings.HasPrefix(line, memberOfItem):
			named = true // the first member that is a name or an address is the item's own
			if value(line) != name {
				continue
			}
			if at := memberBelow(lines, n, member); at > 0 {
				return at
			}
			return begun
		}
	}
	return 0
}

// memberBelow is the line of a member of the item whose first member is on the line with the index from.
func memberBelow(lines [][]byte, from int, member string) int {
	for n := from; n < len(lines) && bytes.HasPrefix(lines[n], []byte("      ")); n++ {
		if member != "" && bytes.HasPrefix(lines[n], []byte(memberOfItem+member+`":`)) {
			return n + 1
		}
	}
	return 0
}

// lineOf is the line of a member of the lock.
func lineOf(lines [][]byte, member string) int {
	for n, line := range lines {
		if member != "" && bytes.HasPrefix(line, []byte(memberOfLock+member+`":`)) {
			return n + 1
		}
	}
	return 0
}

// value is the text of a line like `"name": "x",`, or "".
func value(line string) string {
	_, raw, _ := strings.Cut(line, ": ")
	text := ""
	if json.Unmarshal([]byte(strings.TrimSuffix(raw, ",")), &text) != nil {
		return ""
	}
	return text
}
