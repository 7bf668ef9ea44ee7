import type { Address, Attachment } from '../src/lib/api/types.ts';

/** Sample mail for development: invented people at invented firms. */

export interface SampleMessage {
  from: Address;
  to?: Address[];
  cc?: Address[];
  /** Minutes before now. */
  age: number;
  text?: string;
  html?: string;
  /** Remote pictures in the HTML. */
  remote?: number;
  attachments?: Attachment[];
  read?: boolean;
  quarantine?: string;
  listId?: string;
}

export interface SampleThread {
  mailbox: string;
  subject: string;
  flagged?: boolean;
  answered?: boolean;
  keywords?: string[];
  messages: SampleMessage[];
}

const person = (name: string, email: string): Address => ({ name, email });

export const me = person('Nora Lindqvist', 'nora@fernhill.example');
export const meAtHome = person('Nora Lindqvist', 'nora.lindqvist@posthaus.example');

const tomas = person('Tomás Herrera', 'tomas@fernhill.example');
const priya = person('Priya Raman', 'priya@fernhill.example');
const jonas = person('Jonas Wiegand', 'jonas.wiegand@kranichbau.example');
const amelie = person('Amélie Laurent', 'amelie@atelier-laurent.example');
const yuki = person('佐藤 由紀', 'yuki.sato@minato-design.example');
const bank = person('Stadtbank Business', 'service@stadtbank.example');
const digest = person('The Timber Letter', 'hello@timberletter.example');
const rail = person('Nordlinie', 'tickets@nordlinie.example');
const ana = person('Ana Kovač', 'ana.kovac@terracotta.example');
const ci = person('Buildkeeper', 'noreply@buildkeeper.example');
const mother = person('Ingrid Lindqvist', 'ingrid@posthaus.example');
const landlord = person('Hausverwaltung Sommer', 'buero@hv-sommer.example');

const day = 24 * 60;

const newsletter = `<table width="100%" cellpadding="0" cellspacing="0" style="background:#f3efe6"><tr><td align="center" style="padding:28px 12px">
<table width="560" style="max-width:560px;width:100%;background:#fff;border-radius:8px;font-family:Georgia,serif;color:#2b2a27">
<tr><td style="padding:28px 32px 8px"><div style="font-size:12px;letter-spacing:.12em;text-transform:uppercase;color:#8a6d3b">The Timber Letter · No. 214</div>
<h1 style="font-size:27px;line-height:1.2;margin:10px 0 0">Why the tallest wooden tower is coming down again</h1></td></tr>
<tr><td style="padding:8px 32px"><div style="height:170px;border-radius:6px;background:linear-gradient(160deg,#c8a36a,#8a5a2b 55%,#40291a)"></div></td></tr>
<tr><td style="padding:4px 32px 28px;font-size:16px;line-height:1.6"><p>It stood for eleven years, and every beam of it will be used again. We spoke with the people who take it apart, screw by screw, and with the school that gets the roof.</p>
<p>Also in this letter: cross-laminated bamboo, a joint that needs no glue, and the sawmill that runs on its own sawdust.</p>
<p><a href="https://timberletter.example/214" style="display:inline-block;background:#40291a;color:#fff;text-decoration:none;padding:10px 18px;border-radius:6px">Read the letter</a></p></td></tr></table></td></tr></table>`;

const reviewThread: SampleMessage[] = [
  {
    from: tomas,
    to: [me, priya],
    age: 3 * day + 300,
    read: true,
    text: 'Morning both,\n\nI put the second round of façade studies into the shared folder. The larch version is the one I would show on Thursday; the brick one is there so that they can say no to something.\n\nTomás',
  },
  {
    from: priya,
    to: [tomas],
    cc: [me],
    age: 3 * day + 120,
    read: true,
    text: 'Larch reads beautifully from the canal side. Two things before Thursday: the ground floor openings look tight next to the bakery, and the client asked twice about the maintenance interval. Can we put a number on it?\n\nPriya',
  },
  {
    from: me,
    to: [tomas, priya],
    age: 2 * day + 400,
    read: true,
    text: 'Twelve years untreated on the south side, fifteen elsewhere, says the supplier. I will ask for it in writing.\n\nNora',
  },
  {
    from: jonas,
    to: [me],
    cc: [tomas, priya],
    age: 95,
    text: 'Hello Nora,\n\nwe went through the drawings on site this morning. The openings can move 20 cm to the east without touching the beam, see the marked-up sheet. Maintenance in writing is attached as well.\n\nThe crane is booked for the 9th. If you confirm the larch by Thursday evening, we keep the slot.\n\nBest regards\nJonas Wiegand\nKranich Bau GmbH',
    attachments: [
      {
        part: '2',
        name: 'Canal house – marked-up elevation.pdf',
        type: 'application/pdf',
        size: 2_480_113,
      },
      {
        part: '3',
        name: 'Larch maintenance statement.pdf',
        type: 'application/pdf',
        size: 184_220,
      },
      { part: '4', name: 'IMG_4471.jpg', type: 'image/jpeg', size: 3_912_004 },
    ],
  },
  {
    from: tomas,
    to: [me, jonas],
    cc: [priya],
    age: 18,
    text: 'That works for me, 20 cm even help the stair. Nora, do you want to confirm or shall I?\n\nhttps://fernhill.example/canal-house/elevations\n\nT.',
  },
];

export const threads: SampleThread[] = [
  {
    mailbox: 'w-inbox',
    subject: 'Canal house: façade before Thursday',
    flagged: true,
    messages: reviewThread,
  },
  {
    mailbox: 'w-inbox',
    subject: 'The Timber Letter: why the tallest wooden tower is coming down again',
    messages: [
      {
        from: digest,
        to: [me],
        age: 47,
        html: newsletter,
        remote: 6,
        listId: 'letter.timberletter.example',
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Besprechung am Donnerstag, 10 Uhr',
    answered: true,
    messages: [
      {
        from: jonas,
        to: [me],
        age: 130,
        read: true,
        text: 'Liebe Frau Lindqvist,\n\nDonnerstag um 10 passt. Wir treffen uns am besten gleich auf der Baustelle, der Container ist geheizt.\n\nViele Grüße\nJonas Wiegand',
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Tile samples are on their way',
    messages: [
      {
        from: ana,
        to: [me],
        age: 205,
        text: 'Hi Nora,\n\nthree boxes left Rijeka this morning: the matt sage, the oxblood, and the off-white you liked with the hand-cut edge. They should be with you on Wednesday.\n\nWarmly,\nAna',
        attachments: [{ part: '2', name: 'sample-list.csv', type: 'text/csv', size: 2_311 }],
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'お見積りの件',
    messages: [
      {
        from: yuki,
        to: [me],
        cc: [priya],
        age: 330,
        read: true,
        text: 'ノラ様\n\nお世話になっております。照明器具のお見積りをお送りいたします。ご確認のほどよろしくお願いいたします。\n\n佐藤',
        attachments: [{ part: '2', name: '見積書.pdf', type: 'application/pdf', size: 402_118 }],
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Invoice 2026-1184 for November',
    keywords: ['$label1'],
    messages: [
      {
        from: person('Papier & Plan', 'rechnung@papierundplan.example'),
        to: [me],
        age: 400,
        read: true,
        html: '<p style="font-family:sans-serif">Dear customer,</p><p style="font-family:sans-serif">please find invoice <b>2026-1184</b> over <b>€ 318.40</b> attached. Payable within 14 days.</p>',
        attachments: [
          { part: '2', name: 'Invoice-2026-1184.pdf', type: 'application/pdf', size: 96_402 },
        ],
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Build 3,412 passed after two failures',
    messages: [
      {
        from: ci,
        to: [me],
        age: day + 30,
        read: true,
        text: 'All 214 checks passed in 6 min 12 s.',
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Your ticket to Hamburg, Friday 07:38',
    flagged: true,
    messages: [
      {
        from: rail,
        to: [me],
        age: day + 200,
        read: true,
        html: '<div style="font-family:sans-serif;max-width:520px"><h2 style="margin:0 0 8px">Have a good journey, Nora</h2><p>Friday 07:38 from Copenhagen, coach 4, seat 61 (window, table).</p><table style="border-collapse:collapse;width:100%"><tr><td style="border-top:1px solid #ddd;padding:8px 0">Booking</td><td style="border-top:1px solid #ddd;padding:8px 0;text-align:right"><b>QX7 4LM</b></td></tr><tr><td style="border-top:1px solid #ddd;padding:8px 0">Arrives</td><td style="border-top:1px solid #ddd;padding:8px 0;text-align:right">12:16</td></tr></table></div>',
        attachments: [{ part: '2', name: 'ticket.pdf', type: 'application/pdf', size: 148_900 }],
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Photographs from the opening',
    messages: [
      {
        from: amelie,
        to: [me, tomas, priya],
        age: day + 600,
        text: 'Chers amis,\n\nvoilà the pictures from Friday. Take whichever you like for the site; a credit is enough.\n\nAmélie',
        attachments: Array.from({ length: 5 }, (_, i) => ({
          part: String(i + 2),
          name: `opening-${String(i + 1).padStart(2, '0')}.jpg`,
          type: 'image/jpeg',
          size: 2_100_000 + i * 217_301,
        })),
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Your account statement is ready',
    messages: [
      {
        from: bank,
        to: [me],
        age: 2 * day,
        read: true,
        text: 'Your statement for October can be read in online banking.',
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: '(unreadable message)',
    messages: [
      {
        from: person('', 'scanner@fernhill.example'),
        to: [me],
        age: 2 * day + 90,
        quarantine: 'the header has no end',
      },
    ],
  },
  {
    mailbox: 'w-inbox',
    subject: 'Re: Structural report, floor slabs',
    messages: [
      {
        from: priya,
        to: [me],
        age: 4 * day,
        read: true,
        text: 'Signed and sent. The slab over the bakery is fine with the lighter screed.',
      },
    ],
  },
  {
    mailbox: 'h-inbox',
    subject: 'Sunday lunch?',
    messages: [
      {
        from: mother,
        to: [meAtHome],
        age: 12,
        text: 'Are you two coming on Sunday? Your brother brings the little one. I thought of the mushroom thing.\n\nKram, Mamma',
      },
    ],
  },
  {
    mailbox: 'h-inbox',
    subject: 'Ablesung der Heizkörper am 3. Dezember',
    messages: [
      {
        from: landlord,
        to: [meAtHome],
        age: 500,
        read: true,
        text: 'Sehr geehrte Mieterinnen und Mieter,\n\ndie Ablesung findet am 3. Dezember zwischen 8 und 12 Uhr statt. Bitte sorgen Sie für freien Zugang zu allen Heizkörpern.\n\nMit freundlichen Grüßen\nHausverwaltung Sommer',
      },
    ],
  },
  {
    mailbox: 'w-drafts',
    subject: 'Re: Canal house: façade before Thursday',
    keywords: ['$draft'],
    messages: [
      { from: me, to: [jonas], age: 10, read: true, text: 'Dear Jonas,\n\nwe take the larch.' },
    ],
  },
  {
    mailbox: 'w-junk',
    subject: 'You have been selected',
    messages: [
      {
        from: person('Prize Office', 'win@prizes.example'),
        to: [me],
        age: 900,
        text: 'Click here.',
      },
    ],
  },
];

const names = [
  tomas,
  priya,
  jonas,
  amelie,
  ana,
  digest,
  rail,
  bank,
  ci,
  person('Oskar Nyström', 'oskar@nystrom-licht.example'),
  person('Helena Fischer', 'h.fischer@stadtplanung.example'),
  person('Femi Adeyemi', 'femi@adeyemi-eng.example'),
];
const subjects = [
  'Minutes of the site meeting',
  'Stair core, revision C',
  'Lunch on Tuesday?',
  'Offer for the oak flooring',
  'Permit: two questions from the city',
  'Holiday plan for the spring',
  'Acoustic measurements',
  'Contract, last page',
  'Window schedule with corrections',
  'Thank you for yesterday',
  'Lighting in the hall',
  'Model photographs',
];
const beginnings = [
  'as promised, here are my notes. Item four needs a decision from your side before we can order.',
  'short question: did the supplier ever confirm the fire rating of the panels?',
  'the city would like to see the shading study for the equinox as well. Could you add it by Monday?',
  'I moved the dates around so that nobody is away during the handover. Have a look.',
  'all measured and well within limits, the long report is attached for the files.',
];

/** Older mail, so that the list is long: as many read threads, from five days ago backwards. */
export function olderThreads(count: number): SampleThread[] {
  return Array.from({ length: count }, (_, i) => {
    const pick = <T>(from: T[], salt: number) => from[(i * salt + (i >> 3)) % from.length] as T;
    const from = pick(names, 5);
    return {
      mailbox: i % 9 === 8 ? 'w-archive' : 'w-inbox',
      subject: pick(subjects, 7),
      flagged: i % 37 === 0,
      answered: i % 6 === 0,
      messages: [
        {
          from,
          to: i % 11 === 0 ? [priya] : [me],
          age: 5 * day + i * 347,
          read: i % 23 !== 0,
          text: `Hi Nora,\n\n${pick(beginnings, 3)}\n\n${from.name.split(' ')[0] ?? ''}`,
          attachments:
            i % 13 === 0
              ? [{ part: '2', name: 'notes.pdf', type: 'application/pdf', size: 81_000 + i }]
              : [],
        },
      ],
    };
  });
}
