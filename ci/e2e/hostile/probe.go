package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// probes are the modes that try something and tell in descriptions of tools what came of it.
var probes = map[string]func() []string{"network": network, "files": files, "overwrite": overwrite, "privileges": privileges}

// network tries addresses of the link (cloud metadata), of the engine, of the world, and of itself.
func network() (tools []string) {
	var names []string
	interfaces, err := net.Interfaces()
	for _, i := range interfaces {
		names = append(names, i.Name)
	}
	tools = append(tools, tool("interfaces", fmt.Sprint(names, err)))
	for _, address := range []string{"169.254.169.254:80", "10.87.0.1:80", "192.0.2.1:443", "[fd00:ec2::254]:80"} {
		c, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err == nil {
			c.Close()
		}
		tools = append(tools, tool("dial:"+strings.Trim(strings.Map(plain, address), "_"), fmt.Sprint(err)))
	}
	_, err = net.LookupHost("example.invalid")
	return append(tools, tool("lookup", fmt.Sprint(err)))
}

func plain(r rune) rune {
	if r == '[' || r == ']' || r == ':' {
		return '_'
	}
	return r
}

// files writes where it may until it may not.
func files() (tools []string) {
	chunk := make([]byte, 1<<20)
	for _, dir := range []string{"/tmp", "/var/tmp", "/home/nonroot"} {
		written := 0
		for n := 0; n < 10 && written < 1<<30; n++ {
			f, err := os.Create(filepath.Join(dir, fmt.Sprint("fill", n)))
			if err != nil {
				break
			}
			for ; written < 1<<30; written += len(chunk) {
				if _, err := f.Write(chunk); err != nil {
					break
				}
			}
			f.Close()
		}
		tools = append(tools, tool("wrote:"+strings.Trim(strings.ReplaceAll(dir, "/", "."), "."), fmt.Sprint(written>>20)))
	}
	return tools
}

// overwrite tries to change what decides about it.
func overwrite() (tools []string) {
	opened := []string{}
	for _, name := range []string{"/.dockyard/out-overwrite/capture.json", "/.dockyard/x", "/.dockyard/in/stage", "/.dockyard/in/x", "/etc/x", "/server", "/x", "/proc/1/mem"} {
		if f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
			f.WriteString("forged")
			f.Close()
			opened = append(opened, name)
		}
	}
	for _, from := range []string{"/.dockyard/in", "/.dockyard/out-overwrite", "/.dockyard"} {
		if os.Rename(from, "/tmp/moved") == nil {
			opened = append(opened, "moved "+from)
		}
		if _, err := os.ReadDir(from); err == nil && from != "/.dockyard" {
			opened = append(opened, "read "+from)
		}
	}
	return append(tools, tool("opened", fmt.Sprint(opened)))
}

// privileges tells what the process is and has.
func privileges() (tools []string) {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp":
			tools = append(tools, tool(name, strings.Join(strings.Fields(value), " ")))
		}
	}
	env := os.Environ()
	sort.Strings(env)
	fds, _ := filepath.Glob("/proc/self/fd/[0-9]*")
	open := []string{}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			kind, _, _ := strings.Cut(to, ":")
			open = append(open, filepath.Base(fd)+"="+kind)
		}
	}
	limits, _ := os.ReadFile("/proc/self/limits")
	dir, _ := os.Getwd()
	return append(tools, tool("env", strings.Join(env, " ")), tool("open", strings.Join(open, " ")), tool("dir", dir), tool("limits", string(limits)))
}

// memoryFile is the number of the system call memfd_create.
var memoryFile = map[string]uintptr{"amd64": 319, "arm64": 279}

// hide fills memory that is in no process's address space: files that have no name and are not mapped.
func hide() {
	chunk := make([]byte, 1<<20)
	for {
		name := []byte("x\x00")
		fd, _, errno := syscall.Syscall(memoryFile[runtime.GOARCH], uintptr(unsafe.Pointer(&name[0])), 0, 0)
		if errno != 0 {
			time.Sleep(time.Hour)
		}
		for range 60 {
			if _, err := syscall.Write(int(fd), chunk); err != nil {
				break
			}
		}
	}
}
