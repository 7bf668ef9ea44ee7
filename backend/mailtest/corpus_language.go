package mailtest

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// A charset is a name as mail writes it, and how to encode.
type charset struct {
	name     string
	encoding encoding.Encoding
}

// A language is what text of it is made from: real words, which come most
// often, and pieces from which the long tail of rarer words is put together.
type language struct {
	code     string
	share    float64 // of all people
	ideas    bool    // written without spaces
	words    string
	pieces   string
	names    []string
	charsets []charset
}

var (
	utf8Charset = charset{"utf-8", unicode.UTF8}
	ascii       = charset{"us-ascii", unicode.UTF8}
	latin1      = charset{"iso-8859-1", charmap.ISO8859_1}
	latin2      = charset{"iso-8859-2", charmap.ISO8859_2}
	latin9      = charset{"iso-8859-15", charmap.ISO8859_15}
	west        = charset{"windows-1252", charmap.Windows1252}
	east        = charset{"windows-1250", charmap.Windows1250}
	koi8        = charset{"koi8-r", charmap.KOI8R}
	cyrillic    = charset{"windows-1251", charmap.Windows1251}
	jis         = charset{"iso-2022-jp", japanese.ISO2022JP}
	shift       = charset{"shift_jis", japanese.ShiftJIS}
	gb2312      = charset{"gb2312", simplifiedchinese.GBK}
	gb18030     = charset{"gb18030", simplifiedchinese.GB18030}
	big5        = charset{"big5", traditionalchinese.Big5}
	euckr       = charset{"euc-kr", korean.EUCKR}
)

// or is UTF-8 half of the time or more, else one of the others.
func or(others ...charset) []charset {
	return append([]charset{utf8Charset, utf8Charset, utf8Charset}, others...)
}

var domains = []string{
	"corpus.test", "lieferant.example", "client.example.com", "uni.example.edu", "studio.example.net", "mail.example.org",
}

var languages = []language{
	{
		code: "en", share: .46,
		words:    "the to and of a in for is on that we you it with be this have are as at will from or an can our please by if not your all has was they but which meeting invoice order team project tomorrow yesterday today delivery contract review draft budget plan question answer attached thanks regards customer supplier office travel train hotel account payment week month quarter year change release server update number price offer sample warehouse inventory schedule minutes agenda workshop training holiday request approval signature",
		pieces:   "al an ar ba bel cal com con cor da de den der dis el en er es ex fer fi for ful ga gen har hel im in ing ion is ka ker la land let li lo low ly man mar men ment mi mor na nal ness ni no nor on or ous out over pa par per pla pre pro re ri ro sa sen ser shi ship sion so sta ster ta ten ter tion to tra tri tu ture ty un under up va ver vi ward way wor",
		names:    []string{"Margaret Holloway", "Daniel Ashcroft", "Priya Raman", "Tom Whitfield", "Aoife Brennan", "Marcus Delgado", "Ruth Okafor", "Ben Sutherland", "Claire O'Donnell", "Victor Lindqvist"},
		charsets: or(ascii, latin1, west),
	},
	{
		code: "de", share: .10,
		words:    "der die und das in den zu mit ist von für nicht auf ein eine wir sie ich es auch an als bei bitte noch nach wie um zum zur über unser Ihre können wird werden haben morgen heute gestern Besprechung Rechnung Auftrag Lieferung Vertrag Angebot Preis Kunde Büro Reise Konto Zahlung Woche Monat Jahr Änderung Prüfung Frage Antwort Anlage Grüße Straße Größe Maß Übersicht Fälligkeit",
		pieces:   "ab an auf aus be ber bung da den der ein eis end ent er fall ge gen haft hal heit her in keit kel land lich ling los lung mal nen ner nis rat rich rück sam schaft schei sel stel tag teil tig tum über um ung ver vor wei wer zei zu zug",
		names:    []string{"Jürgen Wäldchen", "Käthe Großmann", "Tobias Ehlers", "Annegret Pöhl", "Sönke Brüning"},
		charsets: or(latin1, latin9, west),
	},
	{
		code: "fr", share: .09,
		words:    "de la le et les à des en un une pour que est dans nous vous avec sur par pas plus au ce il se qui ne sont votre notre réunion facture commande équipe projet demain hier aujourd'hui livraison contrat budget révision question réponse pièce jointe merci cordialement client fournisseur bureau voyage train hôtel compte paiement semaine mois trimestre année échéance prêt dès où",
		pieces:   "ac ai ance bé bon ca ce cha com con dé di é el en er eur ex fé fi gé gue i il in ion la le lé lui ma mé ment mo né nou ou par pé pli pré que ra ré ri ro sa sé si sou té tion tou u va vé vi voi",
		names:    []string{"Hélène Marchand", "Bérénice Lacôte", "Gaël Prévost", "Maëlle Forêt"},
		charsets: or(latin1, latin9),
	},
	{
		code: "es", share: .06,
		words:    "de la que el en y a los las un una por con para es del se no su lo como más al este reunión factura pedido equipo proyecto mañana ayer hoy entrega contrato presupuesto revisión pregunta respuesta adjunto gracias saludos cliente proveedor oficina viaje tren hotel cuenta pago semana mes año señor niño también todavía",
		pieces:   "a ado al ar ba bi ca ción co cu da de di do e en era es fa ga gra i ía ir la lla lo ma men mi mo na ne ño o pa per po pre que ra re ri ro sa so ta te ti to tra tu u va ve",
		names:    []string{"Begoña Peñalver", "Iñaki Etxeberría", "Nuria Cañizares"},
		charsets: or(latin1),
	},
	{
		code: "pl", share: .05,
		words:    "i w na z do się nie to że jest o jak po dla od za ale czy przez przy już proszę faktura zamówienie spotkanie umowa dostawa projekt zespół jutro wczoraj dziś pytanie odpowiedź załącznik dziękuję pozdrawiam klient biuro podróż pociąg konto płatność tydzień miesiąc rok zmiana źródło łąka ćwiczenie żółty",
		pieces:   "a ał ba by ca cz cze dą dzi e ę go ie ja ką ko le łą ło ma mi na nie no o ów pa po prze ra ro rze są ska śl sta szy ta to u wa wie wy za ze żó ży",
		names:    []string{"Grażyna Świątek", "Wojciech Żółkiewski", "Małgorzata Łęcka"},
		charsets: or(latin2, east),
	},
	{
		code: "ru", share: .08,
		words:    "и в на не что с по мы вы это для как от но из к за так же все или до при есть был будет ваш наш встреча счёт заказ команда проект завтра вчера сегодня поставка договор бюджет вопрос ответ вложение спасибо уважением клиент поставщик офис поездка поезд гостиница оплата неделя месяц квартал год изменение склад",
		pieces:   "а ан бо ва ве вы го да де до е ение за и ие ка ко ла ли ло ма ме мо на не ни но о об ост от по пре при про ра ре ро са ск сло ста та те ти то у ува фа хо че ше ща эк ю я",
		names:    []string{"Ксения Воробьёва", "Аркадий Щукин", "Лидия Жданова"},
		charsets: or(koi8, cyrillic),
	},
	{
		code: "ja", share: .06, ideas: true,
		words:    "の は を に が と で も から まで です ます ました ください お願い します 会議 請求書 注文 納品 契約 予算 見積 資料 確認 質問 回答 添付 明日 昨日 今日 来週 担当 出張 新幹線 支払 変更 在庫 倉庫 部長 株式会社 ありがとう ございます よろしく",
		pieces:   "会 議 請 求 書 納 品 契 約 予 算 資 料 確 認 質 問 回 答 担 当 出 張 支 払 変 更 在 庫 東 西 南 北 京 都 山 川 田 中 本 社 部 長 工 場 電 話",
		names:    []string{"佐々木 美咲", "中村 大輔", "Kobayashi Aya"},
		charsets: or(jis, jis, shift),
	},
	{
		code: "zh-Hans", share: .05, ideas: true,
		words:    "的 是 在 我们 您 请 和 了 有 不 这 与 将 已 会议 发票 订单 交货 合同 预算 报价 资料 确认 问题 答复 附件 明天 昨天 今天 下周 出差 高铁 付款 变更 库存 仓库 经理 公司 谢谢",
		pieces:   "会 议 发 票 订 单 交 货 合 同 预 算 报 价 资 料 确 认 问 题 附 件 付 款 库 存 仓 经 理 公 司 北 京 上 海 广 州 电 话 工 厂 周 月 年",
		names:    []string{"赵晓峰", "孙丽娟"},
		charsets: or(gb2312, gb18030),
	},
	{
		code: "zh-Hant", share: .02, ideas: true,
		words:    "的 是 在 我們 您 請 和 了 有 不 這 與 將 已 會議 發票 訂單 交貨 合約 預算 報價 資料 確認 問題 答覆 附件 明天 昨天 今天 下週 出差 高鐵 付款 變更 庫存 倉庫 經理 公司 謝謝",
		pieces:   "會 議 發 票 訂 單 交 貨 合 約 預 算 報 價 資 料 確 認 問 題 附 件 付 款 庫 存 倉 經 理 公 司 台 北 高 雄 電 話 工 廠",
		names:    []string{"林雅婷", "黃志豪"},
		charsets: or(big5),
	},
	{
		code: "ko", share: .03,
		words:    "그리고 하지만 우리 귀사 부탁드립니다 감사합니다 회의 청구서 주문 납품 계약 예산 견적 자료 확인 질문 답변 첨부 내일 어제 오늘 다음주 담당 출장 기차 결제 변경 재고 창고 부장 주식회사",
		pieces:   "가 나 다 라 마 바 사 아 자 차 하 기 니 리 미 비 시 이 지 고 노 도 로 모 보 소 오 조 호 은 는 을 를",
		names:    []string{"박지훈", "최수민"},
		charsets: or(euckr),
	},
}
