package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func mountRoot(o rootOptions) error {
	if o.Lowers == nil {
		return mount(o.Root, o.Root, "", syscall.MS_BIND|syscall.MS_REC, "")
	}
	scratch := o.Root + ".scratch"
	for _, d := range []string{o.Root, scratch} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := mount("tmpfs", scratch, "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	upper, work := filepath.Join(scratch, "upper"), filepath.Join(scratch, "work")
	for _, d := range []string{upper, work} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return err
		}
	}
	return mount("overlay", o.Root, "overlay", 0, "lowerdir="+strings.Join(o.Lowers, ":")+",upperdir="+upper+",workdir="+work)
}

// mountSystem adds what a Linux program expects: /proc, /sys, /dev, fresh /run and /tmp, and the caller's binds and files.
func mountSystem(o rootOptions) error {
	at := func(p string) string { return filepath.Join(o.Root, p) }
	mounts := []struct {
		source, target, fstype string
		flags                  uintptr
		data                   string
	}{
		{"proc", "/proc", "proc", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""},
		{"/dev", "/dev", "", syscall.MS_BIND | syscall.MS_REC, ""},
	}
	for _, m := range mounts {
		if err := mount(m.source, at(m.target), m.fstype, m.flags, m.data); err != nil {
			return err
		}
	}
	if o.Lowers != nil {
		for _, d := range []string{"/run", "/tmp"} {
			if err := mount("tmpfs", at(d), "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=1777"); err != nil {
				return err
			}
		}
		if err := mount("sysfs", at("/sys"), "sysfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
			return err
		}
		if err := mountCgroups(at("/sys/fs/cgroup")); err != nil {
			return err
		}
		for name, content := range o.Files {
			if err := writeFile(at(name), content); err != nil {
				return err
			}
		}
	}
	for source, target := range o.Binds {
		if err := bind(source, at(target)); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name, content string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	os.Remove(name)
	return os.WriteFile(name, []byte(content), 0o644)
}

func bind(source, target string) error {
	info, err := os.Stat(source)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = os.MkdirAll(target, 0o755)
	} else if _, statErr := os.Stat(target); statErr != nil {
		err = writeFile(target, "")
	}
	if err != nil {
		return err
	}
	return mount(source, target, "", syscall.MS_BIND|syscall.MS_REC, "")
}

func mount(source, target, fstype string, flags uintptr, data string) error {
	if err := os.MkdirAll(target, 0o755); err != nil && fstype != "" {
		return err
	}
	if err := syscall.Mount(source, target, fstype, flags, data); err != nil {
		return fmt.Errorf("mounting %q at %q: %w", source, target, err)
	}
	return nil
}
