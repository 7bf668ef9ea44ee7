package provider

import "waxwing/backend/mail"

// table holds the providers by region and name. The servers are those that each
// publishes for mail programs.
var table = []entry{
	// Worldwide
	{mail.ProviderGoogle, "Gmail", browserOrAppPassword, "imap.gmail.com:993", "smtp.gmail.com:465", "gmail.com googlemail.com"},
	{mail.ProviderOutlook, "Outlook.com", browser, "outlook.office365.com:993", "smtp-mail.outlook.com:587",
		"outlook.com hotmail.com live.com msn.com outlook.de outlook.fr outlook.it outlook.es outlook.at outlook.be " +
			"outlook.com.br hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.co.uk hotmail.be hotmail.nl " +
			"live.de live.fr live.it live.co.uk live.nl live.be live.at live.ca live.com.au windowslive.com passport.com"},
	{mail.ProviderYahoo, "Yahoo", browserOrAppPassword, "imap.mail.yahoo.com:993", "smtp.mail.yahoo.com:465",
		"yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.at yahoo.ch yahoo.be " +
			"yahoo.nl yahoo.se yahoo.no yahoo.dk yahoo.pl yahoo.gr yahoo.ie yahoo.ca yahoo.co.uk yahoo.co.in yahoo.in " +
			"yahoo.com.br yahoo.com.ar yahoo.com.mx yahoo.com.au yahoo.com.tr yahoo.co.id yahoo.com.vn yahoo.com.ph"},
	{mail.ProviderOther, "AOL", appPassword, "imap.aol.com:993", "smtp.aol.com:465", "aol.com aim.com aol.de aol.fr aol.co.uk aol.it verizon.net"},
	{mail.ProviderICloud, "iCloud", appPassword, "imap.mail.me.com:993", "smtp.mail.me.com:587", "icloud.com me.com mac.com"},
	{mail.ProviderOther, "Fastmail", appPassword, "imap.fastmail.com:993", "smtp.fastmail.com:465", "fastmail.com fastmail.fm fastmail.net fastmail.org sent.com messagingengine.com"},
	{mail.ProviderOther, "Proton Mail (Bridge)", password, "127.0.0.1:1143", "127.0.0.1:1025", "proton.me protonmail.com protonmail.ch pm.me"},
	{mail.ProviderOther, "Zoho", password, "imap.zoho.com:993", "smtp.zoho.com:465", "zoho.com zohomail.com"},
	{mail.ProviderOther, "Zoho", password, "imap.zoho.eu:993", "smtp.zoho.eu:465", "zoho.eu zohomail.eu"},
	{mail.ProviderOther, "GMX", password, "imap.gmx.com:993", "mail.gmx.com:465", "gmx.com gmx.us gmx.co.uk gmx.fr gmx.es"},
	{mail.ProviderOther, "mail.com", password, "imap.mail.com:993", "smtp.mail.com:465", "mail.com email.com usa.com post.com europe.com consultant.com"},

	// Germany, Austria, Switzerland
	{mail.ProviderOther, "GMX", password, "imap.gmx.net:993", "mail.gmx.net:465", "gmx.de gmx.net gmx.at gmx.ch gmx.eu gmx.org gmx.info gmx.biz"},
	{mail.ProviderOther, "WEB.DE", password, "imap.web.de:993", "smtp.web.de:465", "web.de email.de"},
	{mail.ProviderOther, "Telekom", appPassword, "secureimap.t-online.de:993", "securesmtp.t-online.de:465", "t-online.de magenta.de"},
	{mail.ProviderOther, "freenet", password, "mx.freenet.de:993", "mx.freenet.de:465", "freenet.de"},
	{mail.ProviderOther, "mailbox.org", password, "imap.mailbox.org:993", "smtp.mailbox.org:465", "mailbox.org"},
	{mail.ProviderOther, "Posteo", password, "posteo.de:993", "posteo.de:465", "posteo.de posteo.net posteo.org posteo.eu posteo.at posteo.ch posteo.me"},
	{mail.ProviderOther, "mail.de", password, "imap.mail.de:993", "smtp.mail.de:465", "mail.de"},
	{mail.ProviderOther, "IONOS", password, "imap.ionos.de:993", "smtp.ionos.de:465", "ionos.de 1und1.de online.de onlinehome.de"},
	{mail.ProviderOther, "IONOS", password, "imap.ionos.com:993", "smtp.ionos.com:465", "ionos.com"},
	{mail.ProviderOther, "STRATO", password, "imap.strato.de:993", "smtp.strato.de:465", "strato.de"},
	{mail.ProviderOther, "Vodafone", password, "imap.vodafonemail.de:993", "smtp.vodafonemail.de:465", "vodafone.de vodafonemail.de arcor.de"},
	{mail.ProviderOther, "Bluewin", password, "imaps.bluewin.ch:993", "smtpauths.bluewin.ch:465", "bluewin.ch bluemail.ch"},
	{mail.ProviderOther, "Infomaniak", password, "mail.infomaniak.com:993", "mail.infomaniak.com:465", "ik.me ikmail.com etik.com"},

	// Italy
	{mail.ProviderOther, "Libero", password, "imapmail.libero.it:993", "smtp.libero.it:465", "libero.it inwind.it iol.it blu.it giallo.it"},
	{mail.ProviderOther, "Virgilio", password, "in.virgilio.it:993", "out.virgilio.it:465", "virgilio.it"},
	{mail.ProviderOther, "Tiscali", password, "imap.tiscali.it:993", "smtp.tiscali.it:465", "tiscali.it"},
	{mail.ProviderOther, "Aruba", password, "imaps.aruba.it:993", "smtps.aruba.it:465", "aruba.it technet.it"},
	{mail.ProviderOther, "Aruba PEC", password, "imaps.pec.aruba.it:993", "smtps.pec.aruba.it:465", "pec.it arubapec.it"},
	{mail.ProviderOther, "Legalmail", password, "mbox.cert.legalmail.it:993", "sendm.cert.legalmail.it:465", "legalmail.it"},

	// France
	{mail.ProviderOther, "Orange", password, "imap.orange.fr:993", "smtp.orange.fr:465", "orange.fr wanadoo.fr"},
	{mail.ProviderOther, "Free", password, "imap.free.fr:993", "smtp.free.fr:465", "free.fr"},
	{mail.ProviderOther, "La Poste", password, "imap.laposte.net:993", "smtp.laposte.net:465", "laposte.net"},
	{mail.ProviderOther, "SFR", password, "imap.sfr.fr:993", "smtp.sfr.fr:465", "sfr.fr neuf.fr cegetel.net club-internet.fr"},

	// Poland, Czechia
	{mail.ProviderOther, "o2", password, "poczta.o2.pl:993", "poczta.o2.pl:465", "o2.pl go2.pl tlen.pl"},
	{mail.ProviderOther, "WP Poczta", password, "imap.wp.pl:993", "smtp.wp.pl:465", "wp.pl"},
	{mail.ProviderOther, "Onet", password, "imap.poczta.onet.pl:993", "smtp.poczta.onet.pl:465", "onet.pl poczta.onet.pl onet.eu op.pl vp.pl"},
	{mail.ProviderOther, "Interia", password, "poczta.interia.pl:993", "poczta.interia.pl:465", "interia.pl interia.eu poczta.fm intmail.pl"},
	{mail.ProviderOther, "Seznam", password, "imap.seznam.cz:993", "smtp.seznam.cz:465", "seznam.cz email.cz post.cz spoluzaci.cz"},

	// Russia, Ukraine
	{mail.ProviderOther, "Yandex", appPassword, "imap.yandex.com:993", "smtp.yandex.com:465", "yandex.com ya.ru"},
	{mail.ProviderOther, "Yandex", appPassword, "imap.yandex.ru:993", "smtp.yandex.ru:465", "yandex.ru yandex.by yandex.kz"},
	{mail.ProviderOther, "Mail.ru", appPassword, "imap.mail.ru:993", "smtp.mail.ru:465", "mail.ru inbox.ru list.ru bk.ru internet.ru"},
	{mail.ProviderOther, "Rambler", password, "imap.rambler.ru:993", "smtp.rambler.ru:465", "rambler.ru lenta.ru ro.ru autorambler.ru myrambler.ru"},
	{mail.ProviderOther, "Ukr.net", appPassword, "imap.ukr.net:993", "smtp.ukr.net:465", "ukr.net"},

	// United Kingdom, North America, Australia
	{mail.ProviderOther, "BT", password, "mail.btinternet.com:993", "mail.btinternet.com:465", "btinternet.com btopenworld.com talk21.com"},
	{mail.ProviderOther, "Virgin Media", password, "imap.virginmedia.com:993", "smtp.virginmedia.com:465", "virginmedia.com virgin.net ntlworld.com blueyonder.co.uk"},
	{mail.ProviderOther, "Xfinity", password, "imap.comcast.net:993", "smtp.comcast.net:465", "comcast.net"},
	{mail.ProviderOther, "AT&T", appPassword, "imap.mail.att.net:993", "smtp.mail.att.net:465",
		"att.net currently.com sbcglobal.net bellsouth.net pacbell.net ameritech.net swbell.net prodigy.net snet.net"},
	{mail.ProviderOther, "Cox", password, "imap.cox.net:993", "smtp.cox.net:465", "cox.net"},
	{mail.ProviderOther, "Telstra", password, "imap.telstra.com:993", "smtp.telstra.com:465", "bigpond.com bigpond.net.au telstra.com"},

	// China, Korea
	{mail.ProviderOther, "QQ Mail", appPassword, "imap.qq.com:993", "smtp.qq.com:465", "qq.com foxmail.com"},
	{mail.ProviderOther, "163 Mail", appPassword, "imap.163.com:993", "smtp.163.com:465", "163.com"},
	{mail.ProviderOther, "126 Mail", appPassword, "imap.126.com:993", "smtp.126.com:465", "126.com"},
	{mail.ProviderOther, "Yeah.net", appPassword, "imap.yeah.net:993", "smtp.yeah.net:465", "yeah.net"},
	{mail.ProviderOther, "Sina", password, "imap.sina.com:993", "smtp.sina.com:465", "sina.com"},
	{mail.ProviderOther, "Naver", password, "imap.naver.com:993", "smtp.naver.com:465", "naver.com"},
	{mail.ProviderOther, "Daum", password, "imap.daum.net:993", "smtp.daum.net:465", "daum.net hanmail.net"},
}

// organisations run the mail of other people's domains, and have no addresses of
// their own.
var organisations = []entry{
	{mail.ProviderMicrosoft, "Microsoft 365", browser, "outlook.office365.com:993", "smtp.office365.com:587", ""},
	{mail.ProviderGoogle, "Google Workspace", browserOrAppPassword, "imap.gmail.com:993", "smtp.gmail.com:465", ""},
}

// exchangers tells whose mail exchangers (MX) have names that end so. A name is
// of the longest end that fits.
var exchangers = map[string]string{
	"mail.protection.outlook.com": "Microsoft 365",
	"mx.microsoft":                "Microsoft 365",
	"olc.protection.outlook.com":  "Outlook.com",
	"google.com":                  "Google Workspace",
	"googlemail.com":              "Google Workspace",
	"yahoodns.net":                "Yahoo",
	"mail.icloud.com":             "iCloud",
	"messagingengine.com":         "Fastmail",
	"mailbox.org":                 "mailbox.org",
	"posteo.de":                   "Posteo",
	"protonmail.ch":               "Proton Mail (Bridge)",
}
