package language

// foreign lists words of other languages; a final * marks a stem. Accents are folded before the look-up.
var foreign = map[Class]string{
	Override: "ignora,ignore,ignorar,ignoren,olvida,olvide,olvidar,omite,descarta,desestima,haz caso omiso,no hagas caso," + // es, pt, it
		"ignorez,oublie,oubliez,oublier,ignorer,neglige,negligez,contourne,contournez," + // fr
		"ignorier*,vergiss,vergessen,missachte*,umgehe," + // de
		"ignoriere,desconsidere,desconsidera,esqueca,esquece,esquecer,despreze," + // pt
		"dimentica,dimenticare,ignorare,trascura," + // it
		"negeer,vergeet,negeren," + // nl
		"игнорир*,забуд*,проигнорир*,не обращай,отмен*," + // ru
		"忽略,无视,無視,忘记,忘記,忽视,忽視,不要理会,不理会,绕过,覆盖,抛弃," + // zh
		"無視して,無視し,忘れて,忘れ,無視する," + // ja
		"무시,잊어,잊고,우회", // ko
	Prior: "anterior,anteriores,previas,previos,previa,precedentes,arriba,de arriba,acima,previamente," +
		"precedent,precedents,precedente,precedenti,precedentemente,ci-dessus,anterieur,anterieures,d'avant," +
		"vorherig*,bisherig*,obig*,vorig*,vorangehend*,fruher*," +
		"vorige,eerdere,voorgaande,bovenstaande,sopra," +
		"предыдущ*,прежн*,выше,ранее,вышеуказанн*," +
		"之前,以上,上述,先前,前面,所有,此前,原有,原来,上面,以前,上記,これまで,それまで,前の,すべての,全ての,이전,앞선,위의,기존,모든,지금까지",
	Instr: "instruccion*,instrucc*,indicaciones,ordenes,reglas,directrices,instructions,consignes,regles,directives,anweisung*,instruktion*,befehl*,regeln,vorgaben,richtlinien," +
		"instruco*,instruco*,instrucoes,instrucao,regras,diretrizes,istruzion*,regole,direttive,instructies,opdrachten,aanwijzingen,инструкц*,указани*,правил*,команд*," +
		"指令,指示,提示,说明,規則,规则,命令,要求,设定,设置,限制,ルール,プロンプト,指図,지시,명령,규칙,프롬프트,지침,제한",
	Safety: "seguridad,seguranca,securite,sicherheit*,sicherheitsrichtlinien,sicurezza,veiligheid*,безопасност*,安全,防护,安全な,セキュリティ,안전,보안",
	Neg: "nunca,jamas,sin,ne,pas,jamais,sans,n'en,nicht,niemals,nie,ohne,kein,keine,keinen,nao,jamais,sem,nunca,non,mai,senza,niet,nooit,zonder,geen,ничего,ни,не,никогда,без,нельзя," +
		"不会,绝不,从不,不要,别,勿,不得,禁止,请勿,不能,不可,切勿,不让,不被,無需,无需,不用,不必,絶対に,ないで,しない,せず,ずに,ません,ないように,なく,말고,마세요,마십시오,말아,않고,않도록,없이,하지 마,지 마,절대,못하게",
	Tell: "digas,diga,decir,decirle,decirselo,menciones,mencione,mencionar,mencionarlo,informes,informe,informar,informes,avises,avisar,reveles,cuentes,muestres,comentes,notifiques,explicar,explica,expliques," +
		"dis,dites,dire,mentionne,mentionnez,mentionner,informe,informez,informer,reveler,revele,avertir,parle,parlez,prevenir," +
		"sag,sage,sagen,erwahne,erwahnen,erwahn*,informiere,informieren,mitteilen,teile,verrate,verraten,zeige,zeigen,melde," +
		"conte,contar,avise,mostre,mostrar,revele,fale,falar,dica,dirlo,dirgli,menziona,menzionare,menzionarlo,informare,informa,rivelare,avvisare,parlare," +
		"vertel,vermeld,meld,noem,сообща*,говор*,упомина*,рассказыва*,информир*,уведомля*,показыва*,раскрыва*,уведомл*," +
		"告诉,告知,提及,透露,通知,提到,说明,告訴,提醒,展示,显示,泄露,知道,察觉,发现,伝え,言わ,知らせ,通知し,話さ,報告,見せ,教え,明かさ,気づか,알리,말하,언급,보여,밝히,알려,공개,통지",
	User: "usuario*,usuari*,utilisateur*,benutzer*,nutzer*,anwender*,utente,utenti,gebruiker*,пользовател*,user," +
		"用户,使用者,用戶,客户,操作者,ユーザー,ユーザ,利用者,사용자,유저,이용자",
	Hide: "secreto,secretamente,silenciosamente,ocultar,oculta,oculto,esconde,esconder,en secreto,a escondidas,discretamente,sigilosamente,em segredo,em silencio,discretement,secretement,silencieusement,en secret,en silence,cache,cacher," +
		"heimlich,still,unbemerkt,geheim,verschweige*,verberge*,verstecke*,unauffallig,stillschweigend,nascondi,nascondere,di nascosto,segretamente,silenziosamente,in segreto," +
		"stiekem,heimelijk,in het geheim,verberg,тайно,скрытно,незаметно,скрой*,секретно,втайне,молча," +
		"秘密,偷偷,悄悄,隐藏,隱藏,暗中,隐瞒,保密,静默,私下,密かに,こっそり,秘密裏,隠し,内緒,黙って,몰래,비밀,숨기,은밀,조용히",
	Addressee: "asistente,modelo,agente,assistente,modele,modell,assistent,modello,ассистент,модел*,助手,模型,智能体,助理,アシスタント,モデル,エージェント,어시스턴트,모델,에이전트,비서",
	You:       "usted,tu,tus,vous,votre,vos,ton,tes,du,sie,ihr,ihre,dein,deine,deinen,voce,seu,seus,suas,tuo,tue,jij,jouw,je,ты,вы,твой,ваши,ваш,你,您,你的,あなた,당신",
	Modal: "debes,debe,siempre,obligatorio,asegurate,importante,hay que,tienes que,doit,devez,dois,toujours,obligatoire,assurez-vous,il faut,musst,mussen,muss,immer,stets,unbedingt,deve,deves,sempre,obrigatorio,certifique-se," +
		"devi,obbligatorio,moet,altijd,должен,должн*,обязательно,всегда,необходимо,нужно,必须,必須,应该,务必,需要,请,始终,一定,べき,必ず,してください,해야,반드시,항상,하십시오,하세요,주세요",
	Read: "lee,leer,lea,abre,abra,obten,obtener,recopila,recoge,extrae,busca,copia,lis,lisez,lire,ouvre,ouvrez,recupere,recuperez,recuperer,recuper*,collecte,collectez,extrais,lies,lese,lesen,offne,hole,sammle,sammeln,auslesen,leia,ler," +
		"obtenha,colete,extraia,leggi,leggere,apri,raccogli,ottieni,estrai,lees,haal,verzamel,прочита*,читай*,открой*,собери*,получи*,извлек*,считай*,读取,讀取,打开,获取,收集,提取,读,查看,读出,読み取,読み込,読ん,取得,開い,収集,読,읽,열어,가져오,수집,추출",
	Send: "envia,envie,enviar,envialo,manda,mande,mandar,sube,suba,transmite,reenvia,publica,envoie,envoyez,envoyer,transmets,transmettez,transmettre,televerse,sende,senden,schicke,schick,schicken,ubertrage,ubermittle,ubermitteln,lade,hochladen," +
		"envie,mande,transmita,carregue,invia,inviare,invialo,manda,spedisci,trasmetti,carica,inoltra,stuur,verzend,отправ*,пошли*,перешл*,передай*,загрузи*,发送,發送,上传,上傳,传给,转发,提交,传送,发到,发给,送信,送っ,送る,転送,アップロード,보내,전송,업로드,전달,제출",
	Fill: "incluye,incluya,incluir,pon,ponga,pasa,pase,pasar,agrega,anade,adjunta,inserta,inclus,incluez,mets,mettez,passe,passez,ajoute,ajoutez,insere,joins,fuge,ubergib,ubergeben,schreibe,inclua,coloque,adicione,insira,passe," +
		"includi,inserisci,metti,passa,aggiungi,allega,voeg,geef,zet,встав*,добав*,включи*,помести*,запиши*,放入,填入,附加,传入,包含,加入,写入,附上,填写,放在,作为,含め,入れ,渡し,追加,埋め込,添付,포함,넣,추가,첨부,입력",
	Destroy:   "elimina,borra,eliminar,borrar,supprime,supprimez,losche,loschen,apague,exclua,exclui,cancella,elimina,verwijder,удали*,сотри*,删除,清空,销毁,刪除,削除,消去,삭제,지우",
	Execute:   "ejecuta,ejecutar,ejecute,execute,executez,executer,fuhre,ausfuhren,fuhren,esegui,eseguire,execute,executar,voer,выполни*,запусти*,执行,運行,运行,実行,실행",
	Cred:      "contrasena*,credencial*,clave privada,claves,clave api,mot de passe,mots de passe,identifiants,cle privee,cle api,cles,passwort,passworter,zugangsdaten,schlussel,privaten schlussel,anmeldedaten,senha,senhas,chave privada,chaves,chave,credenziali,credenzial*,chiave privata,chiavi,wachtwoord*,inloggegevens,sleutel*,парол*,ключ*,учетн*,учётн*,токен*,密码,密鑰,密钥,私钥,凭据,凭证,口令,令牌,环境变量,密碼,パスワード,秘密鍵,認証情報,資格情報,鍵,トークン,環境変数,비밀번호,암호,개인키,자격 증명,자격,키를,토큰,환경 변수,환경변수",
	Convo:     "conversacion,conversacao,conversazione,gesprach,gesprachsverlauf,unterhaltung,chatverlauf,gesprek,разговор*,переписк*,диалог*,historial,对话,聊天记录,会话,會話,对话记录,会話,履歴,チャット,대화,채팅",
	SysPrompt: "prompt del sistema,prompt de sistema,prompt systeme,invite systeme,system-prompt,systemprompt,prompt do sistema,prompt di sistema,системный промпт,системного промпта,系统提示词,系统提示,系統提示,システムプロンプト,시스템 프롬프트",
	Content:   "contenido,contenu,inhalt,conteudo,contenuto,inhoud,archivo,archivos,fichier,fichiers,datei,dateien,arquivo,arquivos,содержим*,файл*,内容,文件,数据,資料,ファイル,データ,中身,내용,파일,데이터",
	External:  "externo,externa,externe,extern*,remoto,distante,esterno,внешн*,удаленн*,удалённ*,外部,远程,遠端,リモート,외부,원격",
	Before:    "antes,avant,bevor,vor,zuerst,prima,voordat,eerst,перед,прежде,сначала,之前,首先,先,前に,まず,最初に,전에,먼저",
	After:     "despues,luego,apres,ensuite,puis,nach,danach,dann,depois,dopo,poi,daarna,после,затем,потом,之后,然后,接着,後に,その後,후에,다음",
	Whenever:  "cuando,cada vez,lorsque,quand,chaque fois,wenn,jedes mal,quando,sempre que,ogni volta,wanneer,когда,каждый раз,每次,当,每当,時,たびに,毎回,할 때,때마다,매번",
	Call:      "llames,llamar,llama,usar,utiliza,utilizar,usa,use,appeler,utiliser,utilisez,utilise,aufrufen,verwenden,benutze,verwende,aufruf,usar,chamar,usare,chiama,chiamare,usando,gebruiken,использу*,вызыва*,вызов*,调用,使用,呼び出,使う,使用する,使って,호출,사용",
	ToolNoun:  "herramienta*,outil,outils,werkzeug*,ferramenta*,strumento,strumenti,hulpmiddel,инструмент*,工具,函数,ツール,도구",
	ParamRef:  "parametro*,campo,argumento,parametre*,champ,feld,argomento,параметр*,поле,参数,字段,參數,引数,パラメータ,フィールド,매개변수,필드,인자,파라미터",
	Confirm:   "confirmacion,confirmar,consentimiento,permiso,confirmation,autorisation,bestatigung,zustimmung,ruckfrage,confirmacao,consentimento,permissao,conferma,consenso,bevestiging,подтвержден*,согласи*,разрешени*,确认,同意,許可,許可なく,確認,批准,许可,동의,확인,허락,승인",
	Mention:   "detecta,detecte,erkennt,rileva,detecteert,por ejemplo,par exemple,zum beispiel,beispiel,ejemplo,exemplo,esempio,exemple,por exemplo,per esempio,обнаруж*,выявля*,пример*,например,检测,識別,识别,例如,比如,示例,防止,扫描,検出,例えば,例,防ぐ,탐지,감지,예를,예시,검사",
	Persona:   "ahora eres,tu es maintenant,du bist jetzt,du bist nun,voce agora e,agora voce,ora sei,adesso sei,desde ahora,desormais,ab sofort,ab jetzt,a partir de agora,d'ora in poi,отныне,теперь ты,现在你是,从现在起,你现在是,今からあなたは,これからあなたは,이제부터,지금부터",
	Response:  "respuesta,reponse,antwort,resposta,risposta,ответ*,回复,回答,响应,回應,応答,返答,出力,응답,답변,출력",
	Obey:      "obedece,sigue,cumple,obeis,obeissez,suivez,suis,befolge,folge,gehorche,obedeca,siga,segui,obbedisci,volg,следуй*,подчин*,服从,遵循,听从,遵守,执行,従って,従い,従う,따르,복종,따라",
	Disclose:  "revela,muestra,divulga,revele,revelez,affiche,affichez,enthulle,offenlege,zeige,verrate,mostre,rivela,mostra,onthul,раскрой*,покажи*,выведи*,透露,泄露,输出,显示,公开,打印,開示,暴露,表示,明かし,공개,출력,보여",
	Private:   "privado,privados,privada,prive,privee,privees,privat,vertraulich*,personales,personnelles,personlich*,particular,privati,riservato,личн*,конфиденциальн*,приватн*,隐私,私人,机密,敏感,個人,機密,개인,기밀,민감",
}
