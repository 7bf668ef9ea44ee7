import {
  ProblemError,
  toProblem,
  type Address,
  type Api,
  type Draft,
  type DraftFile,
  type Id,
  type Identity,
} from '../api';
import { isValid, parseAddresses, withAddresses } from './addresses';
import { fromEditor, textOf } from './html';
import { mentionsAttachment } from './mention';

/** A draft is saved when typing pauses for so long, in milliseconds. */
export const savePause = 500;

/** While typing goes on it is saved this often, in milliseconds. */
export const saveAtLeast = 2000;

/** After a failure it is tried again by itself, in milliseconds. */
const retryPause = 5000;

/** By this the content ids of pictures end that were put into the text here. */
const pastedDomain = '@composer.invalid';

/** 128 random bits as hexadecimal; randomUUID wants an origin that not every engine gives us. */
function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join('');
}

/** Where recipients stand. */
export type Field = 'to' | 'cc' | 'bcc';

/** How the draft on the disk compares with the screen. */
export type SaveState = 'untouched' | 'unsaved' | 'saving' | 'saved' | 'failed';

/** A file on its way into the draft. */
export interface Upload {
  name: string;
  size: number;
  /** How much of it has arrived, 0 to 1. */
  part: number;
}

/** What must be seen to before a message can go, or is asked about once. */
export type Hindrance = 'nobody' | 'invalid' | 'uploading' | 'attachment';

/** One message that is being written: its fields, and the care that none of it is lost. */
export class Composer {
  /** As it was stored last. */
  draft = $state.raw<Draft>() as Draft;
  from = $state.raw<Address>() as Address;
  to = $state.raw<Address[]>([]);
  cc = $state.raw<Address[]>([]);
  bcc = $state.raw<Address[]>([]);
  subject = $state('');
  format = $state<Draft['format']>('rich');
  quoted = $state(false);
  files = $state.raw<DraftFile[]>([]);
  uploads = $state<Upload[]>([]);
  /** What is typed into the recipients' fields and no chip yet. */
  typed = $state<Record<Field, string>>({ to: '', cc: '', bcc: '' });
  state = $state<SaveState>('untouched');
  /** Why it couldn't be saved. */
  problem = $state.raw<ProblemError | undefined>();
  hindrance = $state<Hindrance | undefined>();
  /** Rises when the body was changed from outside of its editor. */
  bodyVersion = $state(0);
  /** Whether the person changed anything since the draft was begun. */
  touched = $state(false);
  /** The editor's content; asked for when it is needed, since large ones cost time. */
  readEditor: (() => string) | undefined;
  #body = '';
  #changes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the oldest change that isn't saved was made. */
  #since = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(
    private readonly api: Api,
    draft: Draft,
    /** Whether it was just begun, so that closing it untouched leaves nothing. */
    readonly fresh: boolean,
  ) {
    this.#take(draft);
    this.state = fresh ? 'untouched' : 'saved';
  }

  get id(): Id {
    return this.draft.id;
  }

  /** The body as it is kept, taken from its editor. */
  body(): string {
    if (this.readEditor) {
      const content = this.readEditor();
      this.#body = this.format === 'rich' ? fromEditor(content) : content;
    }
    return this.#body;
  }

  /** Everybody it goes to, what is still typed included. */
  get recipients(): Address[] {
    return (['to', 'cc', 'bcc'] as const).flatMap((field) => this.#withTyped(field));
  }

  /** Takes everything from a stored draft. */
  #take(draft: Draft): void {
    this.draft = draft;
    this.from = draft.from;
    this.to = draft.to;
    this.cc = draft.cc;
    this.bcc = draft.bcc;
    this.subject = draft.subject;
    this.format = draft.format;
    this.quoted = draft.quoted;
    this.files = draft.files;
    this.#body = draft.body;
    this.bodyVersion++;
  }

  /** Something was changed by the person: it is saved soon. */
  touch(): void {
    this.touched = true;
    this.#changes++;
    if (this.state !== 'saving') this.state = 'unsaved';
    this.#since ||= Date.now();
    this.#schedule(Math.min(savePause, this.#since + saveAtLeast - Date.now()));
  }

  #schedule(pause: number): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#timer = setTimeout(() => void this.flush(), Math.max(0, pause));
  }

  /** Saves what isn't saved; reports whether everything is on the disk then. */
  flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    return this.#inTurn(() => this.#save());
  }

  /** One call about the draft at a time: each needs the revision of the one before. */
  #inTurn<R>(run: () => Promise<R>): Promise<R> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #save(): Promise<boolean> {
    if (this.#since === 0) return true;
    const changes = this.#changes;
    this.#since = 0;
    this.state = 'saving';
    try {
      await this.#store();
      this.problem = undefined;
      this.state = this.#changes === changes ? 'saved' : 'unsaved';
      return this.#changes === changes;
    } catch (reason) {
      this.problem = toProblem(reason);
      this.state = 'failed';
      this.#since ||= Date.now();
      this.#schedule(retryPause);
      return false;
    }
  }

  async #store(): Promise<void> {
    const wanted = this.#current();
    try {
      this.#stored(await this.api.compose.save(wanted));
    } catch (reason) {
      if (toProblem(reason).code !== 'conflict') throw reason;
      // Another window was faster; what it wrote stays among the earlier versions.
      const { revision } = await this.api.compose.open(this.id);
      this.#stored(await this.api.compose.save({ ...wanted, revision }));
    }
  }

  /** Only what Go decides is taken: the person may have typed on meanwhile. */
  #stored(draft: Draft): void {
    this.draft = draft;
  }

  #current(): Draft {
    return {
      ...this.draft,
      from: this.from,
      to: this.#withTyped('to'),
      cc: this.#withTyped('cc'),
      bcc: this.#withTyped('bcc'),
      subject: this.subject,
      format: this.format,
      quoted: this.quoted,
      body: this.body(),
      files: this.files,
    };
  }

  #withTyped(field: Field): Address[] {
    return withAddresses(this[field], parseAddresses(this.typed[field]));
  }

  /** Makes chips of what is typed in a field. */
  commit(field: Field): void {
    if (this.typed[field].trim() === '') return;
    this[field] = this.#withTyped(field);
    this.typed[field] = '';
    this.touch();
  }

  set(field: Field, list: Address[]): void {
    this[field] = list;
    this.hindrance = undefined;
    this.touch();
  }

  /** Takes what was typed, also before it becomes a chip. */
  type(field: Field, text: string): void {
    this.typed[field] = text;
    this.hindrance = undefined;
    this.touch();
  }

  async attach(list: readonly File[]): Promise<void> {
    await Promise.all(list.map((file) => this.#upload(file, '')));
  }

  /** Adds a picture for the body; undefined when that failed. */
  picture(file: File): Promise<DraftFile | undefined> {
    const cid = `${randomName()}${pastedDomain}`;
    return this.#upload(file, cid);
  }

  async #upload(file: File, cid: string): Promise<DraftFile | undefined> {
    this.touched = true;
    this.hindrance = undefined;
    this.uploads.push({ name: file.name, size: file.size, part: 0 });
    const upload = this.uploads.at(-1) as Upload;
    try {
      const added = await this.api.attach(this.id, file, cid, (part) => (upload.part = part));
      this.files = [...this.files, added];
      this.touch();
      return added;
    } catch (reason) {
      this.problem = toProblem(reason);
      return undefined;
    } finally {
      this.uploads = this.uploads.filter((u) => u !== upload);
      if (this.hindrance === 'uploading') this.hindrance = undefined;
    }
  }

  async removeFile(file: DraftFile): Promise<void> {
    this.files = this.files.filter((f) => f !== file);
    try {
      await this.#inTurn(() => this.api.compose.removeFile(this.id, file.id));
      this.touch();
    } catch (reason) {
      this.files = [...this.files, file];
      this.problem = toProblem(reason);
    }
  }

  /** Writes on in the other format. */
  async setFormat(format: Draft['format']): Promise<void> {
    if (!(await this.#settled())) return;
    try {
      const draft = await this.#inTurn(() => this.api.compose.setFormat(this.id, format));
      this.readEditor = undefined;
      this.#take(draft);
      this.touched = true;
      this.state = 'saved';
    } catch (reason) {
      this.problem = toProblem(reason);
    }
  }

  /** Writes from another address; one of another account takes the draft along. */
  async setIdentity({ account, name, email }: Identity): Promise<void> {
    this.from = { name, email };
    this.touch();
    if (account === this.draft.account) return;
    if (!(await this.#settled())) return;
    try {
      const draft = await this.#inTurn(() => this.api.compose.moveTo(this.id, account));
      this.draft = draft;
      this.files = draft.files;
      this.bodyVersion++;
      this.touch();
    } catch (reason) {
      this.problem = toProblem(reason);
    }
  }

  /** Saves until nothing is left to save. */
  async #settled(): Promise<boolean> {
    while (this.#since !== 0) if (!(await this.flush()) && this.state === 'failed') return false;
    return true;
  }

  /** Why it can't go now. What is only asked about is asked once: sending again is an answer. */
  check(asked = this.hindrance === 'attachment'): Hindrance | undefined {
    const everybody = this.recipients;
    if (everybody.length === 0) return 'nobody';
    if (!everybody.every(isValid)) return 'invalid';
    if (this.uploads.length > 0) return 'uploading';
    const attached = this.files.some((file) => file.contentId === '');
    if (!asked && !attached && mentionsAttachment(`${this.subject}\n${this.#ownText()}`)) {
      return 'attachment';
    }
    return undefined;
  }

  #ownText(): string {
    return this.format === 'rich' ? textOf(this.body()) : this.body();
  }

  /** Saves everything and queues it; the submission, or undefined when it can't go yet. */
  async send(asked?: boolean): Promise<Id | undefined> {
    for (const field of ['to', 'cc', 'bcc'] as const) this.commit(field);
    this.hindrance = this.check(asked);
    if (this.hindrance || !(await this.#settled())) return undefined;
    try {
      await this.#dropUnseen();
      return await this.#inTurn(() => this.api.compose.send(this.id, 0));
    } catch (reason) {
      this.problem = toProblem(reason);
      return undefined;
    }
  }

  /** Pictures that were deleted from the text don't go along as files. */
  async #dropUnseen(): Promise<void> {
    if (this.format === 'plain') return;
    const body = this.body();
    const unseen = this.files.filter(
      ({ contentId }) => contentId.endsWith(pastedDomain) && !body.includes(`cid:${contentId}`),
    );
    for (const file of unseen) {
      await this.#inTurn(() => this.api.compose.removeFile(this.id, file.id));
      this.files = this.files.filter((f) => f !== file);
    }
  }

  /** Nothing is saved by itself any more. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
