import type { Id, SignIn, SignInPrompt, Status } from '../src/lib/api/types.ts';

/** How an address is proposed to sign in: Outlook.com has a page of its own. */
export const signInOf = (email: string): SignIn => {
  const provider = email.endsWith('@outlook.com') ? 'microsoft' : '';
  return { method: provider && 'oauth', provider, issuer: '', tenant: '', clientId: '', login: '' };
};

interface Stage {
  /** What becomes of the next sign-in. */
  finishSignIn: () => Promise<string>;
  emit(name: 'signIn', prompt: SignInPrompt): void;
  setStatus(part: Partial<Status> & { account: Id }): void;
}

/** The methods of Accounts about signing in at a provider's page. */
export function signInMethods(stage: Stage) {
  const signIn = () => {
    stage.emit('signIn', { url: 'https://id.fernhill.example/sign-in', code: '', expires: 0 });
    return stage.finishSignIn();
  };
  return {
    SignIn: signIn,
    SignInAgain: async (id: Id) => {
      await signIn();
      stage.setStatus({ account: id, phase: 'upToDate', problem: null });
    },
    CancelSignIn: () => undefined,
    OpenSignIn: () => undefined,
    SignInKnown: (at: SignIn) => at.provider === 'microsoft',
  };
}
