package language

// verbs lists base forms; the other forms are derived.
var verbs = map[Class]string{
	Override: "ignore disregard forget override bypass discard neglect skip circumvent supersede overrule dismiss abandon suspend deactivate",
	Tell:     "tell mention inform notify report alert warn explain acknowledge discuss announce display show surface narrate describe communicate advise bother apprise",
	Disclose: "reveal disclose expose divulge print output repeat recite leak dump",
	Hide:     "hide conceal suppress mask obscure withhold camouflage disguise",
	Read: "read open fetch get load retrieve collect gather extract obtain grab access pull scan search locate find harvest look cat view capture list record " +
		"inspect take lookup query enumerate snapshot",
	Send:    "send upload post transmit forward email submit deliver relay push ship mail bcc cc share publish stream export sync transfer beacon curl report back",
	Fill:    "pass put include append attach insert provide place supply add embed fill hand encode write copy paste set populate prepend concatenate serialize give drop smuggle stash feed slip tuck sneak",
	Exfil:   "exfiltrate siphon smuggle steal harvest exfil pilfer",
	Obey:    "obey follow comply execute treat honor honour heed adhere perform trust accept adopt apply",
	Execute: "execute run eval evaluate spawn launch",
	Destroy: "delete remove erase wipe destroy drop purge overwrite truncate format shred unlink",
	Call:    "call use invoke run execute consult trigger",
	Instead: "replace reroute redirect substitute intercept hijack shadow swap rewrite modify alter change proxy",
	Mention: "detect flag identify check block prevent refuse reject analyze analyse classify illustrate document quote test warn match filter catch monitor audit protect " +
		"redact sanitize sanitise demonstrate describe discuss teach defend screen evaluate recognize recognise strip lint",
	Pretend:  "pretend roleplay impersonate simulate",
	Approved: "approve install trust whitelist accept",
	Become:   "begin start activate enable",
}

// irregular lists forms that the rules of English do not derive.
var irregular = map[string]entry{
	"told": {Tell, Past}, "shown": {Tell, Past}, "said": {Tell, Past}, "hid": {Hide, Past}, "kept": {Hide, None}, "sent": {Send, Past}, "given": {Fill, Past}, "gave": {Fill, Past},
	"written": {Fill, Past}, "taken": {Read, Past}, "took": {Read, Past}, "found": {Read | Embedded, Past}, "got": {Read, Past}, "stolen": {Exfil, Past}, "stole": {Exfil, Past}, "fed": {Fill, Past},
	"forgotten": {Override, Past}, "ran": {Execute, Past}, "overridden": {Override, Past}, "forgetting": {Override, Ing},
}

// nouns lists words and phrases without verb forms, separated by commas.
var nouns = map[Class]string{
	Prior: "previous,prior,above,earlier,preceding,foregoing,former,original,existing,past,initial,before,so far,given to you,prior to this,up to now,up to this point",
	Instr: "instruction,instructions,rule,rules,guideline,guidelines,guidance,directive,directives,constraint,constraints,prompt,prompts,programming,training,orders,order,commands," +
		"command,context,restrictions,restriction,request,requests,message,messages,text,system prompt,system message,intent,limits,boundaries,task,tasks",
	Safety: "safety,guardrail,guardrails,safeguard,safeguards,policy,policies,moderation,ethical,ethics,content policy,security,protections,safety filters,refusal,limitations," +
		"restrictions,alignment,filters",
	Neg:  "not,never,without,don't,doesn't,dont,do not,avoid,refrain,no,cannot,can't,won't,shouldn't,mustn't,nor,must not,avoiding,nobody,neither,isn't,aren't,didn't,none,unless asked",
	User: "user,users,user's,human,humans,operator,operators,customer,person,people,end-user,end-users,end user,anyone,them,developer,owner,owners,reader,admin",
	Hide: "silently,secretly,covertly,quietly,invisibly,unnoticed,discreetly,stealthily,surreptitiously,in secret,hidden,confidential,covert,stealth,behind the scenes," +
		"undetected,unseen,discreet,in silence,under the hood,secret from,between us,keep secret,keep this,keep it,keep quiet,off the record,out of sight,leave out,leave it out," +
		"stay silent,remain silent,stay hidden,be transparent,privately,unobtrusively,off the transcript,unmentioned,omit",
	Addressee: "assistant,assistants,model,models,agent,agents,llm,llms,ai,claude,gpt,chatgpt,copilot,cursor,chatbot,gemini,language model,the ai",
	You:       "you,your,yourself,you're,yours",
	Modal: "must,should,shall,always,required,need,needs,mandatory,ensure,make sure,have to,be sure,remember,important,critical,crucial,please,mandatorily,necessary,obliged," +
		"kindly,essential,require,requires,be certain,compulsory,strictly,imperative,expected",
	Cred: "credential,credentials,password,passwords,passphrase,passphrases,api key,api keys,api_key,apikey,private key,private keys,ssh key,ssh keys,secret key,secret keys," +
		"access key,access keys,access token,access tokens,auth token,auth tokens,bearer token,bearer tokens,session token,session tokens,session cookie,session cookies,cookies,secrets,seed phrase,mnemonic," +
		"recovery phrase,environment variables,environment variable,env vars,env var,env variables,oauth token,oauth tokens,refresh token,refresh tokens,api token,api tokens,api_keys,access_token," +
		"wallet keys,signing key,signing keys,login details,logins,connection string,connection strings,tokens,keychain,keyring,id_rsa,id_ed25519,process.env,os.environ," +
		"service account,ssh config,aws keys,cloud keys,credit card,card number,card numbers,cvv,social security,2fa codes,otp codes,2fa code,one-time code,one-time codes,one-time passwords,jwt,private pem",
	Convo: "conversation,conversations,chat history,chat log,chat logs,dialogue,dialog,chat,conversation history,message history,transcript,transcripts,conversation so far,earlier messages," +
		"prior messages,previous messages,context window,all messages,entire context,full context,user messages,user's message,user's messages,last messages,chat transcript",
	SysPrompt: "system prompt,system prompts,system message,system instructions,hidden instructions,developer message,initial instructions,initial prompt,hidden prompt,internal instructions," +
		"internal prompt,your instructions,your prompt,your rules,your guidelines,your configuration,chain of thought,developer prompt,other tools available,tools available to you,tool definitions,your reasoning",
	Private: "private,personal,sensitive,confidential,personal data,pii,private information,personal information,private data,sensitive data,sensitive information,user data," +
		"medical records,financial data,home directory,local files,workspace files,user's files,proprietary,user's personal,location,contacts,phone number,browsing history,clipboard",
	External: "external,remote,third-party,third party,webhook,collector,outside,off-site,offsite,telemetry server,analytics endpoint,analytics server,analytics service,external server," +
		"our server,our servers,our endpoint,our api,our backend,remote server,external endpoint,external service,external logging,external api,pastebin,ngrok,requestbin,c2,command and control,drop box server," +
		"tracking server,collection server,collection endpoint,our collector,partner server,vendor's server,logging service,telemetry endpoint,diagnostics endpoint,diagnostics server,telemetry,remote endpoint,our analytics," +
		"our team,our logs,our logging,following address,following url,this address,backup server,backup endpoint",
	Attacker: "attacker,attackers,attacker's,adversary,adversary's,hacker,hackers,malicious,evil,victim,victim's,c2,exfiltration,rogue",
	ParamRef: "parameter,parameters,argument,arguments,field,fields,param,params,arg,args,property,input,header,headers,query string,key,metadata,footer,payload,body,subject",
	Before:   "before,prior to,first,beforehand,ahead of,in advance,prerequisite,precondition,initially,to begin",
	After:    "after,once,afterwards,afterward,then,subsequently,following,upon,finally,next,later",
	Whenever: "when,whenever,every time,each time,while,if,during,any time,anytime,as soon as,on every,on each,for every,for each,per call",
	Tell:     "hear,hears,bring this up,bring it up,bring that up,brought up",
	Call:     "go through,goes through,pass through,routed through,route through,going through",
	ToolNoun: "tool,tools,function,functions,endpoint,server,servers,plugin,mcp",
	Mention: "such as,e.g.,eg,example,examples,like,including,whether,pattern,patterns,phrase,phrases,sample,samples,expected,mock,mocked,fixture,fixtures,training,dataset,corpus,payloads," +
		"documentation,explaining,explanation,injection,injections,jailbreaks,jailbreak,attack,attacks,attempt,attempts,detection,detector,scanner,classifier,scans,linter,scan,for instance," +
		"illustrative,educational,tests,testing,benchmark,benign,known,signature,signatures,prompts that,text that,texts that,messages that,inputs that,strings that,content that,asks,asking,tries,trying,ask,warning,warnings," +
		"vulnerability,vulnerabilities,lesson,tutorial,rule id,regex,malware,linting,red team,red-team,red teaming,suspicious,poisoning,poisoned,threat,threats",
	Instead:  "instead,rather than,in place of,on behalf,in lieu,deprecated,obsolete,compromised,unsafe,insecure",
	Any:      "any,all,every,everything,other,whatever,each,entire,whole,full,anything,others,whole of,regardless,always",
	Also:     "also,additionally,furthermore,moreover,as well,in addition,besides,along with,plus,automatically,too,simultaneously,at the same time",
	Embedded: "embedded,contained,found,inside,within,included,located,hidden in,present in,returned,appears,appearing,written,stored,from",
	Become:   "will,begins,begin to,starts",
	Shell: "shell,bash,arbitrary code,arbitrary commands,arbitrary command,shell commands,shell command,sudo,powershell,terminal,os command,os commands,system command,system commands,rm,script,curl,wget," +
		"arbitrary shell,reverse shell,payload,code",
	Confirm:  "confirmation,consent,approval,permission,asking,confirming,authorization,knowledge,awareness,review,notification,notice,noticing,prompting,verification,knowing,being aware,seeing",
	Response: "response,responses,output,outputs,answer,answers,reply,replies,result,results,summary,final answer",
	Persona: "developer mode,debug mode,god mode,admin mode,dan mode,jailbroken,unrestricted,unfiltered,uncensored,root mode,maintenance mode,new persona,no restrictions,without restrictions," +
		"no limits,new role,new identity,evil mode,sudo mode,you are now,from now on,your new,no longer bound,superuser mode,privileged mode,do anything now,opposite mode,unlocked mode,are now in,your real,your true",
	Content: "content,contents,file,files,full text,body,raw text,documents,document,directory,folder,value,values,data,information,details,info,everything,database,config,configuration",
	Pretend: "act as,behave as,role-play,role play,operate as,respond as,become",
	Defend: "scanner,detector,guardrail,guardrails,audit,audits,antivirus,firewall,sanitizer,linter,detects,detection,detect,security testing,penetration testing,pentest,siem,compliance,redacts,policy check," +
		"vulnerability,vulnerabilities,moderation,classifier,scans,dlp,forensics,forensic,hardening,hunting,defensive,protects,prevents,blocks,prevention,monitors,remediation,sanitizes,honeypot,sandboxes,triage",
	This:       "this,it,these,that,those,step,steps,action,actions,such,part,details,detail,process,fact,behavior,behaviour,instruction,instructions,exchange,call,calls,request,anything,check,tool,transfer,lookup,upload,existence,copy,forwarding,access",
	Money:      "account,payment,recipient,recipients,destination,address,wallet,amount,beneficiary,iban",
	Only:       "only,just,solely,exclusively",
	Web:        "page,pages,website,site,web,feed,document,documents,email,emails,mail,comment,comments,issue,issues,retrieved,fetched,item,items,results,result,file,files,response,readme,message,messages,html,content,text,output,webpage,ticket,tickets,body",
	Background: "background,in the background,automatically,transparently,seamlessly,in parallel",
	Possible:   "can,may,could,might,optionally,optional",
}
