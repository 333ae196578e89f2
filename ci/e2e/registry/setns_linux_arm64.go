package registry

const sysSetns = 268 // setns(2), which package syscall has no name for
