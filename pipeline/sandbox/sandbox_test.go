package sandbox

import (
	"strings"
	"testing"
)

func TestDockerfile(t *testing.T) {
	got := Root([]string{"blobs/a", "blobs/b"}) + Run("in", Step{Argv: []string{In + "/stage", `a "b" <c>`, "$d"}, Nonce: "7"})
	const want = `FROM scratch
ADD ["blobs/a","/"]
ADD ["blobs/b","/"]
RUN --network=none --mount=type=bind,source=in,target=/.dockyard/in --mount=type=tmpfs,target=/tmp,size=67108864 --mount=type=tmpfs,target=/var/tmp,size=67108864 --mount=type=tmpfs,target=/home/nonroot,size=67108864 ["/.dockyard/in/stage","a \"b\" <c>","$d","--nonce=7"]
`
	if larger := Run("in", Step{Scratch: 5}); strings.Count(larger, ",size=5 ") != 3 {
		t.Errorf("got %s, want folders of 5 bytes", larger)
	}
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
