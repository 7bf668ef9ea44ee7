import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import type { Api, TestReport, Verification, VerifyReport } from '../api';
import VerifyPanel from './VerifyPanel.svelte';
import { Verifier } from './verify.svelte';

afterEach(cleanup);

const servers = { imap: 'imap.x.example:993', smtp: 'smtp.x.example:4465' };
const refused = { code: 'refused', args: { host: 'smtp.x.example', port: '4465' }, server: '' };
const step = (name: string, state: TestReport['steps'][number]['state']) => ({
  name,
  state,
  detail: '',
  problem: state === 'failed' ? refused : null,
});
const failed: VerifyReport = {
  report: {
    ok: false,
    steps: [
      step('imap.open', 'ok'),
      step('smtp.submit', 'failed'),
      step('imap.arrive', 'skipped'),
      step('imap.tidy', 'skipped'),
    ],
  },
  outcome: { state: 'failed', at: 1, half: 'smtp', junk: false, problem: refused },
};
const verified: Verification = { state: 'verified', at: 1, half: '', junk: true };

/** An api whose verification ends when told. */
function api() {
  let tell: (report: TestReport) => void = () => undefined;
  let end: (report: VerifyReport) => void = () => undefined;
  const cancel = vi.fn(() => Promise.resolve());
  const value = {
    on: (_: string, handler: typeof tell) => {
      tell = handler;
      return () => (tell = () => undefined);
    },
    verification: { account: () => new Promise<VerifyReport>((done) => (end = done)), cancel },
  } as unknown as Api;
  return {
    value,
    cancel,
    tell: (r: TestReport) => tell(r),
    end: (r: VerifyReport) => end(r),
  };
}

test('the steps are live, and a failure names its half and its cause', async () => {
  const go = api();
  const verifier = new Verifier(go.value);
  const run = verifier.run((verification) => verification.account('a1'));
  render(VerifyPanel, { verifier, servers });
  expect(screen.getAllByText('Awaiting verification…').length).toBeGreaterThan(0);
  go.tell({ ok: false, steps: [step('imap.open', 'running'), step('smtp.submit', 'waiting')] });
  await screen.findByText('Send a message to yourself');
  go.end(failed);
  await run;
  await screen.findByText('Outgoing server (SMTP)', { selector: 'h3' });
  expect(screen.getAllByText(/sending doesn’t work/).length).toBeGreaterThan(0);
  expect(screen.getAllByText(/No mail server answers at smtp.x.example, port 4465/).length).toBe(2);
});

test('that the message was taken for spam is said', async () => {
  const go = api();
  const verifier = new Verifier(go.value);
  const run = verifier.run((verification) => verification.account('a1'));
  go.end({ report: { ok: true, steps: [step('imap.arrive', 'ok')] }, outcome: verified });
  await run;
  render(VerifyPanel, { verifier, servers });
  await screen.findByText(/taken for spam/);
});

test('what ends after it was forgotten changes nothing', async () => {
  const go = api();
  const verifier = new Verifier(go.value);
  const run = verifier.run((verification) => verification.account('a1'));
  verifier.forget();
  expect(go.cancel).toHaveBeenCalledOnce();
  go.end(failed);
  await run;
  expect([verifier.running, verifier.outcome, verifier.report]).toEqual([
    false,
    undefined,
    undefined,
  ]);
});
