package policy

import (
	"cmp"
	"path/filepath"

	"waxwing/backend/mail"
)

// Outgoing is a server that people may send through beside those of their
// accounts. Port and security are as in Server.
type Outgoing struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"` // a mail.OutgoingKind
	// Of SMTP.
	Host          string        `json:"host,omitempty"`
	Port          int           `json:"port,omitempty"`
	Security      mail.Security `json:"security,omitempty"`
	SignIn        string        `json:"signIn,omitempty"` // SignInAccount, or empty for none
	SenderAddress string        `json:"senderAddress,omitempty"`
	// Of Graph. Certificate is a file, whose path may be relative to the policy's folder.
	Account     string `json:"account,omitempty"`
	Tenant      string `json:"tenant,omitempty"`
	ClientID    string `json:"clientId,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Alias       string `json:"alias,omitempty"`
}

// SignInAccount means to sign in as to the account's own servers.
const SignInAccount = "account"

var outgoingShape = object("An outgoing server that everybody may use beside those of their accounts.",
	must("id", text(maxLine, formatID, "What Waxwing keeps when it is chosen. Leave it as it is when the name changes.")),
	must("name", text(maxLine, formatLine, "What people see.")),
	must("type", choice("smtp, or graph for Microsoft Graph, signed in to as an application.", string(mail.OutgoingSMTP), string(mail.OutgoingGraph))),
	may("host", text(maxName, formatHost, "smtp: the server's name.")),
	may("port", whole(1, 65535, "smtp: without it, the usual one.")),
	may("security", choice("smtp: without it, tls.", "tls", "starttls", "none")),
	may("signIn", choice("smtp: account means as to the servers of the account that sends. Without it, nobody signs in.", SignInAccount)),
	may("senderAddress", text(maxName, formatSender, "smtp: the address that all mail through it is from. Without it, everybody's own.")),
	may("account", text(maxName, formatSender, "graph: the address of the mailbox that sends.")),
	may("tenant", text(maxName, formatTenant, "graph: the tenant's domain or identifier.")),
	may("clientId", text(maxName, formatToken, "graph: the application's identifier.")),
	may("certificate", text(maxName, formatLine, "graph: a .pfx or .pem file with certificate and private key, without a password. A relative path starts at the policy's folder.")),
	may("alias", text(maxLine, formatLine, "graph: the name of the key, if the file has several.")),
)

// outgoingFields are those of each type: needed or not, and nobody else's.
var outgoingFields = map[string]map[string]bool{
	string(mail.OutgoingSMTP):  {"host": true, "port": false, "security": false, "signIn": false, "senderAddress": false},
	string(mail.OutgoingGraph): {"account": true, "tenant": true, "clientId": true, "certificate": true, "alias": false},
}

// outgoing checks that each server has the fields of its type.
func (c *checker) outgoing(list *node) {
	c.unique(list, "id")
	c.unique(list, "name")
	for _, n := range items(list) {
		own := outgoingFields[n.member("type").text]
		for _, f := range outgoingShape.fields {
			needed, known := own[f.name]
			value := n.member(f.name)
			switch {
			case f.required:
			case needed && value == nil:
				c.report(n.at, CodeMissing, map[string]string{"name": f.name})
			case !known && value != nil:
				other := string(mail.OutgoingSMTP)
				if n.member("type").text == other {
					other = string(mail.OutgoingGraph)
				}
				c.report(value.at, CodeNeedless, map[string]string{"name": f.name, "other": `"type": "` + other + `"`})
			}
		}
	}
}

// OutgoingServers returns the outgoing servers of a policy that lies in a folder.
func (p *Policy) OutgoingServers(folder string) []mail.OutgoingServer {
	if p == nil {
		return nil
	}
	var list []mail.OutgoingServer
	for _, o := range p.Outgoing {
		s := mail.OutgoingServer{
			ID: mail.OutgoingID("org-" + o.ID), Kind: mail.OutgoingKind(o.Type), Name: o.Name, Inherited: true,
			Account: o.Account, Sender: o.SenderAddress, AsAccount: o.SignIn == SignInAccount,
			Tenant: o.Tenant, ClientID: o.ClientID, Alias: o.Alias, CertificateFile: o.Certificate,
		}
		if s.Kind == mail.OutgoingSMTP {
			s.Server = Server{o.Host, o.Port, o.Security}.smtp()
		}
		if s.CertificateFile != "" && !filepath.IsAbs(s.CertificateFile) {
			s.CertificateFile = filepath.Join(folder, s.CertificateFile)
		}
		list = append(list, s)
	}
	return list
}

// graphHost is where Graph's servers are reached.
const graphHost = "graph.microsoft.com"

// RefusesOutgoing is Refuses for an outgoing server of a person's own.
func (p *Policy) RefusesOutgoing(s mail.OutgoingServer) (reason, value string) {
	if p == nil {
		return "", ""
	}
	host := graphHost
	if s.Kind == mail.OutgoingSMTP {
		host = cmp.Or(s.Server.Host, host)
	}
	return p.refusesServers(mail.Account{SMTP: mail.Server{Host: host}})
}
