package pylock

import (
	"fmt"
	"strconv"
	"strings"
)

// older are the platform tags before PEP 600, by the glibc they stand for.
var older = map[int]string{17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}

// PlatformTags are the platform tags of wheels that run on a platform with a glibc version such as "2.41", the newest first, as installers
// prefer them (PEP 600).
func PlatformTags(platform, glibc string) ([]string, error) {
	machine, ok := Machines[platform]
	newest, err := strconv.Atoi(strings.TrimPrefix(glibc, "2."))
	if !ok || err != nil || !strings.HasPrefix(glibc, "2.") || newest < 17 || newest > 999 {
		return nil, fmt.Errorf("listing platform tags: got platform %q with glibc %q, want linux/amd64 or linux/arm64 with 2.17 or newer", platform, glibc)
	}
	// 64-bit ARM begins with glibc 2.17.
	oldest := map[string]int{"x86_64": 5, "aarch64": 17}[machine]
	var out []string
	for n := newest; n >= oldest; n-- {
		out = append(out, fmt.Sprintf("manylinux_2_%d_%s", n, machine))
		if name := older[n]; name != "" {
			out = append(out, name+"_"+machine)
		}
	}
	return append(out, "linux_"+machine), nil
}
