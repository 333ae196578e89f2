package provenance

import (
	"dagger/dockyard/pipeline/stage/credentials"
	"dagger/dockyard/pipeline/stage/fetch"
	"dagger/dockyard/pipeline/stage/provenance/attest"
	"dagger/dockyard/pipeline/stage/provenance/trust"
)

// toJudge is what verdicts rest on, and how registries are asked for them.
type toJudge struct {
	root     *trust.Root
	verifier *attest.Verifier
	http     fetch.Options // with the credentials
}

// means loads trust, and the credentials unless nobody is asked.
func means(t trust.Files, c credentials.Files, offline bool, o fetch.Options) (toJudge, error) {
	root, err := trust.Load(t)
	if err != nil {
		return toJudge{}, err
	}
	v, err := attest.NewVerifier(root)
	if err != nil {
		return toJudge{}, err
	}
	if offline {
		return toJudge{root: root, verifier: v}, nil
	}
	known, err := credentials.Load(c)
	if err != nil {
		return toJudge{}, err
	}
	o.Authorize = known.Authorization
	return toJudge{root: root, verifier: v, http: o}, nil
}
