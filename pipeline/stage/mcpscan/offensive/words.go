package offensive

import "strings"

func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// tactic is an abbreviation of a tactic. Ambiguous ones need a word of with beside them.
type tactic struct {
	points     int
	prefixOnly bool
	with       map[string]bool
	without    map[string]bool // words of an innocent reading
}

// Innocent readings: reconciliation and reconstruction; management of one's own credentials.
var (
	accounting = set("reconcile reconciles reconciliation ledger ledgers invoice invoices bank statement statements transaction transactions balance balances accounting payments mesh image reconstruct reconstruction voxel surface")
	managing   = set("create creates rotate rotates store stores delete deletes update updates list issue issues revoke revokes validate validates verify verifies set credit course school academic save register renew")
)

var tacticWords = map[string]tactic{
	"exfil": {points: 4}, "exfiltrate": {points: 4}, "exfiltration": {points: 4}, "privesc": {points: 4}, "cmdi": {points: 4}, "c2": {points: 4}, "sqli": {points: 4},
	"keylog": {points: 4}, "keylogger": {points: 4}, "mitm": {points: 4}, "rce": {points: 4}, "xxe": {points: 4}, "lateral": {points: 2, prefixOnly: true, with: set("move movement psexec wmi smb rdp ssh winrm host target remote")},
	"recon": {points: 4, prefixOnly: true, without: accounting}, "cred": {points: 4, prefixOnly: true, without: managing}, "creds": {points: 4, prefixOnly: true, without: managing},
	"persist": {points: 2, prefixOnly: true, with: set("registry cron launchd startup service backdoor rootkit systemd autorun scheduled wmi boot dll profile")},
	"evasion": {points: 2, prefixOnly: true, with: set("amsi av edr obfuscate process logs disable bypass sandbox defender timestomp")},
	"exploit": {points: 4, prefixOnly: true}, "attack": {points: 4, prefixOnly: true}, "phish": {points: 4}, "ransomware": {points: 4}, "backdoor": {points: 4},
	"botnet": {points: 4}, "ddos": {points: 4}, "rootkit": {points: 4}, "pwn": {points: 4}, "spoof": {points: 3, prefixOnly: true, with: set("arp dns ip mac email caller")},
}

// techniqueWords are words that stand for one technique; 4 is enough by itself.
var techniqueWords = map[string]int{
	"exfiltrate": 4, "exfiltrates": 4, "exfiltrated": 4, "exfiltrating": 4, "exfiltration": 4, "keylogger": 4, "keylogging": 4, "keystrokes": 3, "rootkit": 4, "backdoor": 4, "backdoors": 4,
	"ransomware": 4, "mimikatz": 4, "dcsync": 4, "kerberoast": 4, "kerberoasting": 4, "asreproast": 4, "lsass": 4, "ntds": 4, "hashdump": 4, "secretsdump": 4, "bloodhound": 3, "laps": 3, "gmsa": 3,
	"phishing": 4, "botnet": 4, "shellcode": 4, "metasploit": 3, "meterpreter": 4, "stealer": 4, "infostealer": 4, "cryptominer": 4, "cryptojacking": 4, "webshell": 4, "dropper": 4,
	"malware": 3, "malicious": 3, "attacker": 2, "victim": 3, "victims": 3, "steganography": 3, "steganographic": 3, "timestomp": 4, "exploit": 3, "exploits": 2, "exploiting": 3, "weaponize": 4,
	"suid": 2, "setuid": 2, "hijack": 3, "hijacking": 3, "ddos": 4, "deserialization": 2, "overflow": 1, "xss": 2, "ssrf": 2, "xxe": 3, "lfi": 3, "rfi": 3, "sqli": 3, "csrf": 2, "bypasses": 1,
	"impersonate": 2, "impersonation": 2, "spoof": 3, "spoofs": 3, "spoofed": 3, "spoofing": 3, "sniff": 3, "sniffs": 3, "sniffing": 3, "crack": 3, "cracks": 3, "cracking": 3, "bruteforce": 4, "covert": 3, "covertly": 4, "stealthily": 4,
	"steal": 4, "steals": 4, "stealing": 4, "evilginx": 4, "responder": 1, "payload": 1, "payloads": 1, "gadget": 2, "inject": 2, "injects": 2, "injection": 2, "persistence": 3, "privesc": 4, "pivot": 1, "kwallet": 2,
	"ads": 1, "ntfs": 1, "symlink": 1, "hardlink": 1, "tampering": 1, "ipc": 0, "hacking": 3, "hack": 2, "evade": 3, "evades": 3, "evading": 3, "eavesdrop": 4, "wiretap": 4, "surveil": 4, "spyware": 4,
	"passwd": 3, "traversal": 3, "toctou": 4, "wiper": 4, "tamper": 3, "tampers": 3, "mbr": 3, "dpapi": 3, "kerberos": 1, "defeat": 1, "undetected": 3, "undetectable": 4, "stealth": 2, "stealthy": 3, "untraceable": 4, "rogue": 3, "weaponized": 4, "poison": 2, "poisoning": 2, "trojan": 4, "trojanized": 4, "implant": 3, "beacon": 1, "nmap": 1, "sqlmap": 3, "hydra": 2, "hashcat": 3, "jailbreak": 3, "jailbreaks": 3, "log4shell": 4, "shellshock": 4, "dirtycow": 4, "printnightmare": 4, "zerologon": 4, "juicypotato": 4, "rubeus": 4, "wmiexec": 4, "psexec": 3, "sideload": 2, "sideloading": 3, "smuggle": 3, "smuggling": 3,
}

// techniquePhrases are techniques of two or three words.
var techniquePhrases = phrases(4, "privilege escalation", "escalate privileges", "reverse shell", "bind shell", "pass the hash", "pass the ticket", "golden ticket", "silver ticket", "credential dump", "credential dumping",
	"dump credentials", "dump passwords", "dump hashes", "password spray", "password spraying", "credential stuffing", "brute force", "man in the", "session hijacking", "session hijack", "dns tunnel", "dns tunneling", "dns tunnelling", "icmp tunnel",
	"covert channel", "command and control", "process injection", "process hollowing", "dll injection", "dll hijacking", "library injection", "ld preload", "web shell", "fork bomb", "denial of service", "container escape", "escape container", "docker escape",
	"sandbox escape", "uac bypass", "bypass uac", "bypass amsi", "bypass antivirus", "bypass authentication", "bypass edr", "bypass applocker", "disable antivirus", "disable endpoint", "disables endpoint", "disables antivirus", "disables defender", "disable defender", "disable logging", "disable security", "disable selinux", "disable firewall",
	"clear logs", "wipe logs", "clear event logs", "delete logs", "arp poisoning", "arp spoof", "arp spoofing", "dns poisoning", "dns spoofing", "cache poisoning", "sql injection", "command injection", "code injection", "template injection", "ldap injection",
	"argument injection", "xpath injection", "nosql injection", "path traversal", "directory traversal", "zip slip", "race condition exploit", "symlink attack", "buffer overflow", "heap spray", "token impersonation", "token theft", "kernel exploit", "sudo exploit",
	"lateral movement", "hide data", "hides data", "hidden data", "alternate data streams", "ntfs ads", "arbitrary file read", "arbitrary file write", "arbitrary shell command", "arbitrary system command", "remote code execution", "unauthorized access", "without authorization",
	"target system", "evil twin", "rogue access", "domain fronting", "zone transfer", "memory scraping", "screen capture covertly", "golden saml", "shadow copy", "shadow copies", "browser passwords", "saved passwords", "password hashes", "encrypt files for",
	"files for ransom", "ransom note", "malicious code", "malicious payload", "malicious macro", "malicious library", "overwrite mbr", "master boot record", "unquoted service", "weak service", "world writable", "writable cron", "suid binary", "setuid binary", "default credentials",
	"user enumeration", "enumerate users", "os fingerprinting", "banner grabbing", "live hosts", "port knocking", "network sweep", "ping sweep", "stealth scan", "attack surface map", "social engineering", "host discovery", "subdomain takeover", "typo squatting", "wardriving now",
	"etc shadow", "etc passwd", "etc sudoers", "race condition", "log tampering", "anti forensics", "anti forensic", "boot sector", "raw disk", "hide files", "hide file", "chroot escape", "namespace escape", "ssh private", "private ssh", "known hosts harvest", "escalate to root", "gain root", "root access", "root shell", "elevated privileges", "elevate privileges", "spread laterally", "kernel module", "modify boot", "encrypt user", "victim files", "files with malicious", "data theft", "identity theft", "account takeover", "bypass mfa", "bypass 2fa", "bypass file permissions", "bypass permissions", "bypass access", "access control bypass", "hidden from user", "spy on", "record keystrokes", "log keystrokes", "webcam capture", "capture webcam", "record microphone", "capture keystrokes", "monitor clipboard", "browser history", "proc mem", "core dump extraction", "inject code", "injects code", "inject commands", "os command", "shell injection", "environment variable injection", "cron injection", "deserialization attack", "gadget chain", "heap dump secrets")

func phrases(points int, list ...string) map[string]int {
	m := make(map[string]int, len(list))
	for _, p := range list {
		m[p] = points
	}
	for _, weak := range []string{"race condition", "raw disk", "hide files", "hide file", "root access", "elevated privileges", "kernel module", "browser history", "spy on", "capture webcam", "webcam capture", "record microphone", "bypass permissions", "ssh private", "private ssh", "live hosts", "os command", "target system", "world writable", "zone transfer", "shadow copies", "shadow copy", "default credentials", "host discovery", "os fingerprinting", "enumerate users", "user enumeration",
		"arbitrary shell command", "arbitrary system command", "disable firewall", "disable logging", "delete logs", "clear logs", "brute force", "hidden data", "without authorization", "password hashes", "weak service", "denial of service"} {
		m[weak] = 3
	}
	return m
}

// takingVerbs and secretStores: their points add up; 4 is enough.
var takingVerbs = map[string]int{"dump": 2, "dumps": 2, "extract": 2, "extracts": 2, "steal": 3, "steals": 3, "harvest": 3, "harvests": 3, "grab": 2, "grabs": 2, "decrypt": 2, "decrypts": 2, "crack": 3, "cracks": 3, "scrape": 2, "capture": 2, "captures": 2,
	"intercept": 3, "intercepts": 3, "recover": 1, "export": 1, "read": 1, "get": 1, "gets": 1, "reads": 1, "copy": 1, "collect": 1, "collects": 1, "retrieve": 1, "retrieves": 1, "siphon": 3, "siphons": 3, "replay": 2, "forge": 3, "relay": 2, "sniff": 3, "exfil": 3, "pull": 1, "archive": 1}

var secretStores = map[string]int{"kwallet": 3, "keychain": 2, "keyring": 2, "lastpass": 2, "keepass": 2, "bitwarden": 2, "1password": 2, "passwords": 2, "password": 2, "credentials": 2, "credential": 2, "creds": 2, "cookies": 2, "cookie": 2, "hashes": 2, "hash": 1, "lsa": 3, "sam": 3,
	"lsass": 3, "ntds": 3, "laps": 3, "gmsa": 3, "dpapi": 3, "wallet": 2, "wallets": 2, "seed": 2, "mnemonic": 2, "clipboard": 2, "keystrokes": 3, "tgt": 3, "kerberos": 3, "tickets": 1, "wifi": 2, "vpn": 2, "putty": 3, "filezilla": 3, "shadow": 2,
	"netrc": 3, "htpasswd": 2, "id_rsa": 3, "ssh": 1, "private": 1, "certificates": 1, "certificate": 1, "history": 1, "autofill": 3, "rdp": 2, "vault": 2, "secrets": 2, "sessions": 2, "session": 2, "ads": 2, "memory": 1}

var parameterWords = set("victim victims attacker malicious payload exploit shellcode phishing lure injected exfil c2 stolen hijack backdoor evil gadget hidden exfiltrate beacon")

var defenceWords = set("detect detects detected detecting detector detection prevent prevents prevention scanner scans check checks checker audit audits audited auditing monitor monitors monitoring analyze analyzes analyse analyses " +
	"analysis protect protects protection block blocks identify identifies report reports reporting mitigation mitigate mitigates remediate remediation alert alerts harden hardening defend defends defense defence guardrail " +
	"redact redacts sanitize sanitizes sanitizer validate validates validator classify classifies documentation explains explain advisory advisories cve cves cvss vulnerabilities catalog catalogue intelligence threats educational " +
	"training lesson quiz simulated incident incidents rotate rotates revoke revokes policy compliance assess assesses assessment evaluate evaluates flag flags")

// evasionWords turn a word of defence into its opposite: "evades detection".
var evasionWords = set("evade evades evading bypass bypasses bypassing avoid avoids avoiding without disable disables defeat defeats against escape circumvent")

// informWords are verbs of tools that only tell.
var informWords = set("get gets retrieve retrieves return returns query queries list lists lookup looks describe describes show shows search searches count counts summarize summarizes explain explains fetches provide provides")
