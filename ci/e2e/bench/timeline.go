package main

import (
	"bytes"
	"sync"
	"time"
)

// maxProgress bounds how much of a command's progress is kept, in bytes; what follows is dropped.
const maxProgress = 64 << 20

// timeline keeps the lines that a command writes, with the time each arrived.
type timeline struct {
	begun time.Time
	mu    sync.Mutex
	rest  []byte
	kept  int
	lines []line
}

type line struct {
	at   time.Duration
	text string
}

func (t *timeline) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := time.Since(t.begun)
	t.rest = append(t.rest, p...)
	for {
		i := bytes.IndexByte(t.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		if t.kept += i; t.kept < maxProgress {
			t.lines = append(t.lines, line{at, string(t.rest[:i])})
		}
		t.rest = t.rest[i+1:]
	}
}
