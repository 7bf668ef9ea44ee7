package connect

// providers is the table behind Suggest, by region and name. The servers are
// those that each provider publishes for mail programs.
var providers = []provider{
	// Worldwide
	{"Gmail", signInAppPassword, "imap.gmail.com:993", "smtp.gmail.com:465", "gmail.com googlemail.com"},
	{"Outlook.com", signInBrowser, "outlook.office365.com:993", "smtp-mail.outlook.com:587",
		"outlook.com hotmail.com live.com msn.com outlook.de outlook.fr outlook.it outlook.es outlook.at outlook.be " +
			"outlook.com.br hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.co.uk hotmail.be hotmail.nl " +
			"live.de live.fr live.it live.co.uk live.nl live.be live.at live.ca live.com.au windowslive.com passport.com"},
	{"Yahoo", signInAppPassword, "imap.mail.yahoo.com:993", "smtp.mail.yahoo.com:465",
		"yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.at yahoo.ch yahoo.be " +
			"yahoo.nl yahoo.se yahoo.no yahoo.dk yahoo.pl yahoo.gr yahoo.ie yahoo.ca yahoo.co.uk yahoo.co.in yahoo.in " +
			"yahoo.com.br yahoo.com.ar yahoo.com.mx yahoo.com.au yahoo.com.tr yahoo.co.id yahoo.com.vn yahoo.com.ph"},
	{"AOL", signInAppPassword, "imap.aol.com:993", "smtp.aol.com:465", "aol.com aim.com aol.de aol.fr aol.co.uk aol.it verizon.net"},
	{"iCloud", signInAppPassword, "imap.mail.me.com:993", "smtp.mail.me.com:587", "icloud.com me.com mac.com"},
	{"Fastmail", signInAppPassword, "imap.fastmail.com:993", "smtp.fastmail.com:465", "fastmail.com fastmail.fm fastmail.net fastmail.org sent.com messagingengine.com"},
	{"Proton Mail (Bridge)", signInPassword, "127.0.0.1:1143", "127.0.0.1:1025", "proton.me protonmail.com protonmail.ch pm.me"},
	{"Zoho", signInPassword, "imap.zoho.com:993", "smtp.zoho.com:465", "zoho.com zohomail.com"},
	{"Zoho", signInPassword, "imap.zoho.eu:993", "smtp.zoho.eu:465", "zoho.eu zohomail.eu"},
	{"GMX", signInPassword, "imap.gmx.com:993", "mail.gmx.com:465", "gmx.com gmx.us gmx.co.uk gmx.fr gmx.es"},
	{"mail.com", signInPassword, "imap.mail.com:993", "smtp.mail.com:465", "mail.com email.com usa.com post.com europe.com consultant.com"},

	// Germany, Austria, Switzerland
	{"GMX", signInPassword, "imap.gmx.net:993", "mail.gmx.net:465", "gmx.de gmx.net gmx.at gmx.ch gmx.eu gmx.org gmx.info gmx.biz"},
	{"WEB.DE", signInPassword, "imap.web.de:993", "smtp.web.de:465", "web.de email.de"},
	{"Telekom", signInAppPassword, "secureimap.t-online.de:993", "securesmtp.t-online.de:465", "t-online.de magenta.de"},
	{"freenet", signInPassword, "mx.freenet.de:993", "mx.freenet.de:465", "freenet.de"},
	{"mailbox.org", signInPassword, "imap.mailbox.org:993", "smtp.mailbox.org:465", "mailbox.org"},
	{"Posteo", signInPassword, "posteo.de:993", "posteo.de:465", "posteo.de posteo.net posteo.org posteo.eu posteo.at posteo.ch posteo.me"},
	{"mail.de", signInPassword, "imap.mail.de:993", "smtp.mail.de:465", "mail.de"},
	{"IONOS", signInPassword, "imap.ionos.de:993", "smtp.ionos.de:465", "ionos.de 1und1.de online.de onlinehome.de"},
	{"IONOS", signInPassword, "imap.ionos.com:993", "smtp.ionos.com:465", "ionos.com"},
	{"STRATO", signInPassword, "imap.strato.de:993", "smtp.strato.de:465", "strato.de"},
	{"Vodafone", signInPassword, "imap.vodafonemail.de:993", "smtp.vodafonemail.de:465", "vodafone.de vodafonemail.de arcor.de"},
	{"Bluewin", signInPassword, "imaps.bluewin.ch:993", "smtpauths.bluewin.ch:465", "bluewin.ch bluemail.ch"},
	{"Infomaniak", signInPassword, "mail.infomaniak.com:993", "mail.infomaniak.com:465", "ik.me ikmail.com etik.com"},

	// Italy
	{"Libero", signInPassword, "imapmail.libero.it:993", "smtp.libero.it:465", "libero.it inwind.it iol.it blu.it giallo.it"},
	{"Virgilio", signInPassword, "in.virgilio.it:993", "out.virgilio.it:465", "virgilio.it"},
	{"Tiscali", signInPassword, "imap.tiscali.it:993", "smtp.tiscali.it:465", "tiscali.it"},
	{"Aruba", signInPassword, "imaps.aruba.it:993", "smtps.aruba.it:465", "aruba.it technet.it"},
	{"Aruba PEC", signInPassword, "imaps.pec.aruba.it:993", "smtps.pec.aruba.it:465", "pec.it arubapec.it"},
	{"Legalmail", signInPassword, "mbox.cert.legalmail.it:993", "sendm.cert.legalmail.it:465", "legalmail.it"},

	// France
	{"Orange", signInPassword, "imap.orange.fr:993", "smtp.orange.fr:465", "orange.fr wanadoo.fr"},
	{"Free", signInPassword, "imap.free.fr:993", "smtp.free.fr:465", "free.fr"},
	{"La Poste", signInPassword, "imap.laposte.net:993", "smtp.laposte.net:465", "laposte.net"},
	{"SFR", signInPassword, "imap.sfr.fr:993", "smtp.sfr.fr:465", "sfr.fr neuf.fr cegetel.net club-internet.fr"},

	// Poland, Czechia
	{"o2", signInPassword, "poczta.o2.pl:993", "poczta.o2.pl:465", "o2.pl go2.pl tlen.pl"},
	{"WP Poczta", signInPassword, "imap.wp.pl:993", "smtp.wp.pl:465", "wp.pl"},
	{"Onet", signInPassword, "imap.poczta.onet.pl:993", "smtp.poczta.onet.pl:465", "onet.pl poczta.onet.pl onet.eu op.pl vp.pl"},
	{"Interia", signInPassword, "poczta.interia.pl:993", "poczta.interia.pl:465", "interia.pl interia.eu poczta.fm intmail.pl"},
	{"Seznam", signInPassword, "imap.seznam.cz:993", "smtp.seznam.cz:465", "seznam.cz email.cz post.cz spoluzaci.cz"},

	// Russia, Ukraine
	{"Yandex", signInAppPassword, "imap.yandex.com:993", "smtp.yandex.com:465", "yandex.com ya.ru"},
	{"Yandex", signInAppPassword, "imap.yandex.ru:993", "smtp.yandex.ru:465", "yandex.ru yandex.by yandex.kz"},
	{"Mail.ru", signInAppPassword, "imap.mail.ru:993", "smtp.mail.ru:465", "mail.ru inbox.ru list.ru bk.ru internet.ru"},
	{"Rambler", signInPassword, "imap.rambler.ru:993", "smtp.rambler.ru:465", "rambler.ru lenta.ru ro.ru autorambler.ru myrambler.ru"},
	{"Ukr.net", signInAppPassword, "imap.ukr.net:993", "smtp.ukr.net:465", "ukr.net"},

	// United Kingdom, North America, Australia
	{"BT", signInPassword, "mail.btinternet.com:993", "mail.btinternet.com:465", "btinternet.com btopenworld.com talk21.com"},
	{"Virgin Media", signInPassword, "imap.virginmedia.com:993", "smtp.virginmedia.com:465", "virginmedia.com virgin.net ntlworld.com blueyonder.co.uk"},
	{"Xfinity", signInPassword, "imap.comcast.net:993", "smtp.comcast.net:465", "comcast.net"},
	{"AT&T", signInAppPassword, "imap.mail.att.net:993", "smtp.mail.att.net:465",
		"att.net currently.com sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net prodigy.net snet.net"},
	{"Cox", signInPassword, "imap.cox.net:993", "smtp.cox.net:465", "cox.net"},
	{"Telstra", signInPassword, "imap.telstra.com:993", "smtp.telstra.com:465", "bigpond.com bigpond.net.au telstra.com"},

	// China, Korea
	{"QQ Mail", signInAppPassword, "imap.qq.com:993", "smtp.qq.com:465", "qq.com foxmail.com"},
	{"163 Mail", signInAppPassword, "imap.163.com:993", "smtp.163.com:465", "163.com"},
	{"126 Mail", signInAppPassword, "imap.126.com:993", "smtp.126.com:465", "126.com"},
	{"Yeah.net", signInAppPassword, "imap.yeah.net:993", "smtp.yeah.net:465", "yeah.net"},
	{"Sina", signInPassword, "imap.sina.com:993", "smtp.sina.com:465", "sina.com"},
	{"Naver", signInPassword, "imap.naver.com:993", "smtp.naver.com:465", "naver.com"},
	{"Daum", signInPassword, "imap.daum.net:993", "smtp.daum.net:465", "daum.net hanmail.net"},
}
