package imapsync

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"waxwing/backend/mail"
)

// specialUse pairs the attributes of RFC 6154 with roles.
var specialUse = map[imap.MailboxAttr]mail.Role{
	imap.MailboxAttrDrafts:  mail.RoleDrafts,
	imap.MailboxAttrSent:    mail.RoleSent,
	imap.MailboxAttrArchive: mail.RoleArchive,
	imap.MailboxAttrJunk:    mail.RoleJunk,
	imap.MailboxAttrTrash:   mail.RoleTrash,
	imap.MailboxAttrAll:     mail.RoleAll,
}

// roleNames holds the names that mail programs and servers give to mailboxes,
// the likeliest first. They are compared whole, never in part: "bin" is in
// "Robin". A name is listed only where it means nothing else.
var roleNames = map[mail.Role][]string{
	mail.RoleDrafts: {
		"Drafts", "Draft", "Entwürfe", "Entwurf", "Brouillons", "Brouillon", "Borradores", "Borrador", "Bozze", "Bozza",
		"Черновики", "Rascunhos", "Robocze", "Wersje robocze", "Kopie robocze", "Szkice", "Concepten", "Concepts", "下書き", "草稿", "草稿箱", "草稿夹",
		"Utkast", "Kladder", "Luonnokset", "Koncepty", "Rozepsané", "Piszkozatok", "Ciorne", "Taslaklar", "Чернетки", "임시 보관함", "مسودات", "טיוטות", "Πρόχειρα",
	},
	mail.RoleSent: {
		"Sent", "Sent Items", "Sent Messages", "Sent Mail", "Gesendet", "Gesendete Elemente", "Gesendete Objekte", "Gesendete Nachrichten",
		"Envoyés", "Éléments envoyés", "Messages envoyés", "Courrier envoyé", "Enviados", "Elementos enviados", "Mensajes enviados",
		"Inviati", "Inviata", "Posta inviata", "Elementi inviati", "Отправленные", "Itens enviados", "Itens Enviados", "Mensagens enviadas",
		"Wysłane", "Elementy wysłane", "Verzonden", "Verzonden items", "送信済み", "送信済みアイテム", "送信済みメール", "送信済みトレイ", "已发送", "已发送邮件", "已發送", "寄件備份",
		"Skickat", "Skickade", "Sendt", "Sendte elementer", "Lähetetyt", "Odeslané", "Odeslaná pošta", "Elküldött", "Trimise", "Gönderilmiş Öğeler", "Надіслані", "보낸 편지함", "Απεσταλμένα",
	},
	mail.RoleArchive: {
		"Archive", "Archives", "Archiv", "Archivo", "Archivio", "Архив", "Arquivo", "Archiwum", "Archief", "アーカイブ", "存档", "归档", "封存",
		"Arkiv", "Arkisto", "Archív", "Archívum", "Arhivă", "Arşiv", "Архів", "보관함", "Αρχειοθήκη",
	},
	mail.RoleJunk: {
		"Junk", "Spam", "Junk Email", "Junk E-mail", "Junk Mail", "Bulk Mail", "Junk-E-Mail", "Spamverdacht", "Unerwünscht", "Indésirables", "Courrier indésirable", "Pourriel",
		"Correo no deseado", "Correo basura", "Posta indesiderata", "Спам", "Нежелательная почта", "Lixo eletrônico", "Lixo electrónico", "Wiadomości-śmieci", "Niechciane",
		"Ongewenste e-mail", "Ongewenst", "迷惑メール", "垃圾邮件", "垃圾郵件", "Skräppost", "Søppelpost", "Uønsket mail", "Roskaposti", "Nevyžádaná pošta", "Levélszemét", "Önemsiz E-posta", "Небажана пошта", "스팸",
	},
	mail.RoleTrash: {
		"Trash", "Deleted Items", "Deleted Messages", "Bin", "Deleted", "Papierkorb", "Gelöscht", "Gelöschte Elemente", "Gelöschte Objekte",
		"Corbeille", "Éléments supprimés", "Messages supprimés", "Papelera", "Elementos eliminados", "Cestino", "Posta eliminata", "Elementi eliminati",
		"Корзина", "Удаленные", "Удалённые", "Lixeira", "Lixo", "Itens excluídos", "Itens eliminados", "Kosz", "Elementy usunięte", "Prullenbak", "Prullenmand", "Verwijderde items",
		"ゴミ箱", "ごみ箱", "削除済みアイテム", "已删除", "已删除邮件", "废件箱", "垃圾桶", "Papperskorgen", "Papirkurv", "Roskakori", "Koš", "Odstraněná pošta", "Törölt elemek", "Coș de gunoi", "Çöp Kutusu", "Кошик", "휴지통", "Κάδος απορριμμάτων",
	},
}

// roleOfName finds a name in the table: the role and its place, the likeliest
// having the lowest.
var roleOfName = func() map[string]ranked {
	m := map[string]ranked{}
	for role, list := range roleNames {
		for rank, name := range list {
			m[fold(name)] = ranked{role, rank}
		}
	}
	return m
}()

type ranked struct {
	role mail.Role
	rank int
}

// fold brings a name into a form to compare: case and composition don't count.
func fold(name string) string { return cases.Fold().String(norm.NFC.String(name)) }

// assignRoles gives each listed mailbox its role: INBOX by name, then
// SPECIAL-USE, then for the roles that are still free the table of names, for
// mailboxes at the top or right under INBOX. Each role is given once.
func assignRoles(list []listed) []mail.Role {
	roles := make([]mail.Role, len(list))
	taken := map[mail.Role]bool{}
	give := func(i int, role mail.Role) {
		if role != mail.RoleNone && roles[i] == mail.RoleNone && !taken[role] {
			roles[i], taken[role] = role, true
		}
	}
	for i, m := range list {
		if m.path == "INBOX" {
			give(i, mail.RoleInbox)
		}
	}
	for i, m := range list {
		for _, a := range m.attrs {
			give(i, specialUse[a])
		}
	}
	type candidate struct{ mailbox, rank int }
	named := map[mail.Role][]candidate{}
	for i, m := range list {
		if name, ok := nearTop(m); ok && m.selectable && roles[i] == mail.RoleNone {
			if r, ok := roleOfName[fold(name)]; ok {
				named[r.role] = append(named[r.role], candidate{i, r.rank})
			}
		}
	}
	for role, candidates := range named {
		best := slices.MinFunc(candidates, func(a, b candidate) int {
			if a.rank != b.rank {
				return a.rank - b.rank
			}
			return strings.Compare(list[a.mailbox].path, list[b.mailbox].path)
		})
		give(best.mailbox, role)
	}
	return roles
}

// Roles returns the paths of the mailboxes that have a role in an answer to
// LIST, as a synchronisation would give them, and those of the others that can
// be selected.
func Roles(answers []*imap.ListData) (roles map[mail.Role]string, others []string) {
	list := listedOf(answers, true)
	roles = map[mail.Role]string{}
	for i, role := range assignRoles(list) {
		switch {
		case role != mail.RoleNone:
			roles[role] = list[i].path
		case list[i].selectable:
			others = append(others, list[i].path)
		}
	}
	return roles, others
}

// nearTop returns the last component of a path at the top or right under INBOX.
func nearTop(m listed) (string, bool) {
	if m.delimiter == "" {
		return m.path, true
	}
	parts := strings.Split(m.path, m.delimiter)
	switch {
	case len(parts) == 1:
		return parts[0], true
	case len(parts) == 2 && strings.EqualFold(parts[0], "INBOX"):
		return parts[1], true
	}
	return "", false
}
