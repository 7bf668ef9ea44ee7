import { FakeGo } from './fake';

/** `?accounts=0` starts without an account, `?locale=de` in German, `?older=5000` with more mail. */
const query = new URLSearchParams(location.search);
const number = (name: string, fallback: number) => Number(query.get(name) ?? fallback);
const fake = new FakeGo({
  accounts: number('accounts', 2),
  older: number('older', 400),
  locale: query.get('locale') ?? '',
  problem: query.get('problem') ?? '',
});
fake.install(window);
/** For trying things out in the console and for scripts that take pictures. */
Object.assign(window, { fake });
