package registry

const sysSetns = 308 // setns(2), which package syscall has no name for
