package golock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// EncodeMod writes the go.mod. Equal locks give equal bytes.
func (l *Lock) EncodeMod() ([]byte, error) {
	if l.Facts == nil {
		return nil, fmt.Errorf("%w: writing go.mod: it has no facts", ErrLock)
	}
	f := *l.Facts
	f.Before = f.Before.UTC().Truncate(time.Second)
	facts, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("writing the lock: %w", err)
	}
	var b bytes.Buffer
	b.WriteString("// What the program below is built from, written by `dagger call lock`. Do not edit.\n" + factsMark + string(facts) + "\n\n")
	fmt.Fprintf(&b, "module %s\n\ngo %s\n\ntoolchain go%s\n\ntool %s\n", l.Module, l.Go, l.Toolchain, l.Tool)
	requires := slices.SortedFunc(slices.Values(l.Requires), func(x, y Require) int { return strings.Compare(x.Path, y.Path) })
	for _, indirect := range []bool{false, true} {
		block := slices.DeleteFunc(slices.Clone(requires), func(r Require) bool { return r.Indirect != indirect })
		writeRequires(&b, block)
	}
	return b.Bytes(), nil
}

func writeRequires(b *bytes.Buffer, block []Require) {
	if len(block) == 0 {
		return
	}
	b.WriteString("\nrequire (\n")
	for _, r := range block {
		mark := ""
		if r.Indirect {
			mark = " // indirect"
		}
		fmt.Fprintf(b, "\t%s %s%s\n", r.Path, r.Version, mark)
	}
	b.WriteString(")\n")
}

// EncodeSum writes the go.sum, sorted. Equal locks give equal bytes.
func (l *Lock) EncodeSum() []byte {
	return encodeSums(l.Sums)
}

// ToolchainSums is the part of go.sum that names the lock's toolchain, for the architectures that were to be had when the lock was made. It is
// the same for all servers with that toolchain.
func (l *Lock) ToolchainSums() []byte {
	out := map[string]string{}
	for _, arch := range ToolchainArchitectures {
		v := ToolchainVersion(l.Toolchain, arch)
		if sum := l.Sum(toolchainModule, v); sum != "" {
			out[toolchainModule+" "+v] = sum
		}
	}
	return encodeSums(out)
}

func encodeSums(sums map[string]string) []byte {
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		b.WriteString(key + " " + sums[key] + "\n")
	}
	return b.Bytes()
}
