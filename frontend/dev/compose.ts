import type * as T from '../src/lib/api/types.ts';
import { problem } from './problem.ts';

/** What the composing half needs of the rest of the fake. */
interface Stage {
  readonly accounts: readonly T.Account[];
  readonly messages: readonly (T.Message & { text: string })[];
  emit(name: 'outbox', payload: T.Events['outbox']): void;
}

/** Drafts and submissions in memory, and what becomes of those that are sent. */
export class ComposeFake {
  drafts: T.Draft[] = [];
  submissions: (T.Submission & { draft: T.Draft })[] = [];
  /** How often each draft was saved. */
  saved = 0;
  #last = 0;

  constructor(private readonly stage: Stage) {}

  readonly methods = {
    Start: (start: T.DraftStart): T.Draft => this.#start(start),
    Open: (id: T.Id): T.Draft => this.#open(id),
    Drafts: () => this.drafts,
    Save: (draft: T.Draft): T.Draft => {
      const stored = this.#find(draft.id);
      if (stored.revision !== draft.revision) throw problem('conflict');
      this.saved++;
      return this.#store({ ...draft, revision: draft.revision + 1, savedAt: Date.now() });
    },
    SetFormat: (id: T.Id, format: T.Draft['format']): T.Draft => {
      const draft = this.#find(id);
      const body =
        format === 'plain'
          ? draft.body.replace(/<\/div>/g, '\n').replace(/<[^>]*>/g, '')
          : `<div>${draft.body.trimEnd().split('\n').join('</div><div>')}</div>`;
      return this.#store({ ...draft, format, body, quoted: false, revision: draft.revision + 1 });
    },
    MoveTo: (id: T.Id, account: T.Id): T.Draft => {
      const draft = this.#find(id);
      this.#drop(id);
      return this.#store({ ...draft, id: `${account}-d${++this.#last}`, account });
    },
    Discard: (id: T.Id) => this.#drop(this.#find(id).id),
    RemoveFile: (id: T.Id, file: T.Id) => {
      const draft = this.#find(id);
      this.#store({ ...draft, files: draft.files.filter((f) => f.id !== file) });
    },
    Clean: (html: string) => html.replace(/<script.*?<\/script>/gs, ''),
    Correspondents: (prefix: string, limit: number): T.Address[] => {
      const people = new Map(
        this.stage.messages.flatMap((m) => [...m.from, ...m.to]).map((a) => [a.email, a]),
      );
      const words = new RegExp(`(^|[\\s.@_-])${prefix.replace(/\W/g, '\\$&')}`, 'i');
      return [...people.values()]
        .filter((a) => words.test(a.name) || words.test(a.email))
        .slice(0, limit);
    },
    Send: (id: T.Id, at: number): T.Id => {
      const draft = this.#find(id);
      this.#drop(id);
      const submission: T.Submission & { draft: T.Draft } = {
        id: `${draft.account}-s${++this.#last}`,
        account: draft.account,
        state: 'queued',
        subject: draft.subject,
        recipients: [...draft.to, ...draft.cc, ...draft.bcc].map((a) => ({ address: a.email })),
        createdAt: Date.now(),
        sendAt: at || Date.now() + 10_000,
        attempts: 0,
        retryAt: 0,
        draft,
      };
      this.submissions.push(submission);
      this.#tell(submission);
      return submission.id;
    },
    Cancel: (id: T.Id): T.Draft => {
      const submission = this.#submission(id);
      this.submissions = this.submissions.filter((s) => s !== submission);
      this.#tell(submission);
      return this.#store(submission.draft);
    },
    Submissions: () => this.submissions,
    Retry: (id: T.Id) => this.become(id, { state: 'queued', problem: null }),
    Resolve: (id: T.Id, sent: boolean) => this.become(id, { state: sent ? 'copied' : 'queued' }),
  };

  /** Each account's own address. */
  readonly identities = {
    List: (): T.Identity[] =>
      this.stage.accounts.map((a, index) => ({
        id: String(index + 1),
        account: a.id,
        own: true,
        name: a.name,
        email: a.email,
        replyTo: [],
        bcc: [],
        signature: '',
      })),
  };

  /** Lets a submission go on: refused, sent … */
  become(id: T.Id, part: Partial<T.Submission>): void {
    const submission = this.#submission(id);
    Object.assign(submission, part);
    if (submission.state === 'copied') {
      this.submissions = this.submissions.filter((s) => s !== submission);
    }
    this.#tell(submission);
  }

  /** A draft as it is stored; undefined when it is gone. */
  stored(id: T.Id): T.Draft | undefined {
    return this.drafts.find((d) => d.id === id);
  }

  #tell({ account }: T.Submission): void {
    this.stage.emit('outbox', { account });
  }

  #submission(id: T.Id): T.Submission & { draft: T.Draft } {
    const found = this.submissions.find((s) => s.id === id);
    if (!found) throw problem('notFound');
    return found;
  }

  #find(id: T.Id): T.Draft {
    const found = this.stored(id);
    if (!found) throw problem('notFound');
    return found;
  }

  #drop(id: T.Id): void {
    this.drafts = this.drafts.filter((d) => d.id !== id);
  }

  #store(draft: T.Draft): T.Draft {
    this.#drop(draft.id);
    this.drafts.push(draft);
    return draft;
  }

  #start(start: T.DraftStart): T.Draft {
    const original = this.stage.messages.find((m) => m.id === start.original);
    const account = start.account || original?.id.split('-')[0] || 'a1';
    const own = this.stage.accounts.find((a) => a.id === account);
    const mine = new Set(this.stage.accounts.map((a) => a.email));
    const others = (list: T.Address[]) => list.filter((a) => !mine.has(a.email));
    const forward = start.kind.startsWith('forward');
    const subject = original?.subject ?? '';
    const prefix =
      { reply: 'Re: ', replyAll: 'Re: ', forward: 'Fwd: ' }[start.kind as string] ?? '';
    return this.#store({
      id: `${account}-d${++this.#last}`,
      account,
      kind: start.kind,
      original: start.original,
      from: { name: own?.name ?? '', email: own?.email ?? '' },
      to: original && !forward ? others(original.from) : mailto(start.mailto),
      cc: original && start.kind === 'replyAll' ? others([...original.to, ...original.cc]) : [],
      bcc: [],
      subject: original && !subject.startsWith(prefix) ? prefix + subject : subject,
      format: 'rich',
      body: '',
      quoted: original !== undefined,
      quoteHead: original ? `On Tuesday ${original.from[0]?.name ?? ''} wrote:` : '',
      files: [],
      revision: 1,
      savedAt: Date.now(),
    });
  }

  #open(id: T.Id): T.Draft {
    const message = this.stage.messages.find((m) => m.id === id);
    if (!message) return this.#find(id);
    const draft = this.#start({
      kind: 'editAsNew',
      account: id.split('-')[0] ?? '',
      original: '',
      mailto: '',
      language: '',
    });
    return this.#store({
      ...draft,
      to: message.to,
      subject: message.subject,
      body: `<div>${message.text.split('\n').join('</div><div>')}</div>`,
    });
  }
}

function mailto(url: string): T.Address[] {
  const email = decodeURIComponent(/^mailto:([^?]*)/i.exec(url)?.[1] ?? '');
  return email === '' ? [] : [{ name: '', email }];
}
