package aptsource

import "testing"

func line(address, release string) string {
	return "'" + address + "dists/" + release + "/InRelease' name_InRelease 0 \n" +
		"'" + address + "dists/" + release + "/main/binary-amd64/Packages.xz' name_Packages 0 \n"
}

func TestMirrors(t *testing.T) {
	const archive, security, third = "http://mirror.test/debian/", "http://mirror.test/debian-security/", "http://third.test/x/"
	for _, c := range []struct{ name, printed, codename, archive, security string }{
		{"all sources", line(archive, "bookworm-updates") + line(archive, "bookworm") + line(security, "bookworm-security"), "bookworm", archive, security},
		{"a third party's source first", line(third, "nodistro") + line(archive, "bookworm"), "bookworm", archive, ""},
		{"a third party's source only", line(third, "nodistro"), "bookworm", "", ""},
		{"a name that moves", line(archive, "stable"), "bookworm", archive, ""},
		{"any release", line(archive, "trixie-updates") + line(archive, "trixie"), "", archive, ""},
		{"nothing", "", "bookworm", "", ""},
	} {
		gotArchive, gotSecurity := Mirrors(c.printed, c.codename)
		if gotArchive != c.archive || gotSecurity != c.security {
			t.Errorf("%s: got %q and %q, want %q and %q", c.name, gotArchive, gotSecurity, c.archive, c.security)
		}
	}
}
