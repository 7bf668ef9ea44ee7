import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import { wailsApi, type Api } from '../api';
import { Composer, saveAtLeast, savePause } from './composer.svelte';

let go: FakeGo;
let api: Api;
let composer: Composer;
/** What stands in the editor. */
let written = '';

const stored = () => go.compose.stored(composer.id);
const refuse = (method: string, code: string) =>
  go.refuse.set(`Compose.${method}`, { code, args: {}, server: '' });

function write(text: string) {
  written = text;
  composer.touch();
}

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date('2026-03-03T14:02:00Z') });
  go = new FakeGo({ older: 0 });
  go.install(window);
  api = wailsApi();
  const start = { kind: 'new', account: 'a1', original: '', mailto: '', language: 'en' } as const;
  composer = new Composer(api, await api.compose.start(start), true);
  written = '';
  composer.readEditor = () => written;
});

afterEach(() => {
  composer.end();
  vi.useRealTimers();
});

describe('saving', () => {
  test('happens when typing pauses', async () => {
    write('<div>Hello</div>');
    expect(composer.state).toBe('unsaved');
    await vi.advanceTimersByTimeAsync(savePause - 1);
    expect(stored()?.body).toBe('');
    await vi.advanceTimersByTimeAsync(1);
    expect(stored()?.body).toBe('<div>Hello</div>');
    expect(composer.state).toBe('saved');
    expect(go.compose.saved).toBe(1);
  });

  test('happens every two seconds while typing goes on', async () => {
    for (let at = 0; at < 2 * saveAtLeast; at += 100) {
      write(`<div>${at}</div>`);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(go.compose.saved).toBe(2);
  });

  test('keeps what is typed into a recipients field and is no chip yet', async () => {
    composer.type('to', 'ada@engine.exam');
    await composer.flush();
    expect(stored()?.to).toEqual([{ name: '', email: 'ada@engine.exam' }]);
    expect(composer.to).toEqual([]);
  });

  test('that fails says so, keeps everything and is tried again', async () => {
    refuse('Save', 'diskFull');
    write('<div>Hello</div>');
    await vi.advanceTimersByTimeAsync(savePause);
    expect(composer.state).toBe('failed');
    expect(composer.problem?.code).toBe('diskFull');
    await vi.advanceTimersByTimeAsync(5000);
    expect(stored()?.body).toBe('<div>Hello</div>');
    expect(composer.state).toBe('saved');
    expect(composer.problem).toBeUndefined();
  });

  test('writes over what another window saved', async () => {
    const other = await api.compose.open(composer.id);
    await api.compose.save({ ...other, subject: 'other' });
    composer.subject = 'mine';
    composer.touch();
    await composer.flush();
    expect(stored()?.subject).toBe('mine');
    expect(composer.state).toBe('saved');
  });

  test('takes what is typed while it saves into the next one', async () => {
    write('<div>one</div>');
    const first = composer.flush();
    await vi.advanceTimersByTimeAsync(0);
    write('<div>two</div>');
    await first;
    expect(composer.state).not.toBe('failed');
    await vi.advanceTimersByTimeAsync(savePause);
    expect(stored()?.body).toBe('<div>two</div>');
  });

  test('ends with the composer', async () => {
    write('<div>Hello</div>');
    composer.end();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(go.compose.saved).toBe(0);
  });
});

describe('sending', () => {
  test('needs somebody, and addresses that are some', async () => {
    expect(await composer.send()).toBeUndefined();
    expect(composer.hindrance).toBe('nobody');
    composer.type('to', 'ada');
    expect(composer.hindrance).toBeUndefined();
    expect(await composer.send()).toBeUndefined();
    expect(composer.hindrance).toBe('invalid');
    expect(go.compose.submissions).toEqual([]);
  });

  test('saves first what was typed last', async () => {
    composer.type('to', 'ada@engine.example');
    write('<div>Hello</div>');
    const id = await composer.send();
    expect(go.compose.submissions).toMatchObject([
      { id, draft: { body: '<div>Hello</div>', to: [{ email: 'ada@engine.example' }] } },
    ]);
  });

  test('does not happen when that cannot be saved', async () => {
    composer.type('to', 'ada@engine.example');
    refuse('Save', 'diskFull');
    expect(await composer.send()).toBeUndefined();
    expect(go.compose.submissions).toEqual([]);
    expect(composer.problem?.code).toBe('diskFull');
  });

  test('asks once about an attachment that is only mentioned', async () => {
    composer.type('to', 'ada@engine.example');
    write('<div>The plan is attached.</div>');
    expect(await composer.send()).toBeUndefined();
    expect(composer.hindrance).toBe('attachment');
    expect(await composer.send()).toBeDefined();
  });

  test('that is refused says why and leaves the draft as it is', async () => {
    composer.type('to', 'ada@engine.example');
    write('<div>Hello</div>');
    refuse('Send', 'tooLarge');
    expect(await composer.send()).toBeUndefined();
    expect(composer.problem?.code).toBe('tooLarge');
    expect(stored()?.body).toBe('<div>Hello</div>');
  });
});

describe('files', () => {
  const file = new File(['four'], 'plan.pdf', { type: 'application/pdf' });
  const added = { id: '7', name: 'plan.pdf', type: 'application/pdf', size: 4, contentId: '' };

  test('are there when they have arrived', async () => {
    let arrive = (_: typeof added) => {};
    api.attach = (_id, _file, _cid, progress) => {
      progress(0.5);
      return new Promise((resolve) => (arrive = resolve));
    };
    const attached = composer.attach([file]);
    expect(composer.uploads).toMatchObject([{ name: 'plan.pdf', part: 0.5 }]);
    composer.type('to', 'ada@engine.example');
    expect(await composer.send()).toBeUndefined();
    expect(composer.hindrance).toBe('uploading');
    arrive(added);
    await attached;
    expect(composer.files).toEqual([added]);
    expect(composer.uploads).toEqual([]);
    expect(composer.hindrance).toBeUndefined();
  });

  test('that cannot be attached say so', async () => {
    api.attach = () => Promise.reject(new Error('{"code":"tooLarge"}'));
    await composer.attach([file]);
    expect(composer.problem?.code).toBe('tooLarge');
    expect(composer.uploads).toEqual([]);
  });

  test('that were pictures of a text which is gone do not go along', async () => {
    api.attach = (_id, _file, contentId) => Promise.resolve({ ...added, contentId });
    const picture = await composer.picture(file);
    write(`<div><img data-cid="${picture?.contentId ?? ''}"></div>`);
    await composer.flush();
    expect(stored()?.body).toContain(`src="cid:${picture?.contentId ?? '-'}"`);
    composer.type('to', 'ada@engine.example');
    write('<div></div>');
    await composer.send();
    expect(go.compose.submissions[0]?.draft.files).toEqual([]);
  });
});

test('another account takes the draft along', async () => {
  write('<div>Hello</div>');
  const [, home] = await api.identities.list();
  if (!home) throw new Error('no second identity');
  await composer.setIdentity(home);
  await composer.flush();
  expect(composer.id).toMatch(/^a2-/);
  expect(stored()).toMatchObject({
    body: '<div>Hello</div>',
    from: { name: home.name, email: home.email },
  });
  expect(go.compose.drafts).toHaveLength(1);
});

test('the other format is written by Go', async () => {
  write('<div>one</div><div>two</div>');
  await composer.setFormat('plain');
  expect(composer.format).toBe('plain');
  expect(composer.body()).toBe('one\ntwo\n');
});
