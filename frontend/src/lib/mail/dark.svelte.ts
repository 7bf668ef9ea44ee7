import { MediaQuery } from 'svelte/reactivity';

const system = new MediaQuery('prefers-color-scheme: dark');
let theme = $state<string | undefined>();

if (typeof MutationObserver !== 'undefined') {
  const root = document.documentElement;
  const read = () => (theme = root.dataset['theme']);
  read();
  new MutationObserver(read).observe(root, { attributeFilter: ['data-theme'] });
}

/** Whether the window is dark now, by the setting or the system. */
export function prefersDark(): boolean {
  return theme === undefined ? system.current : theme === 'dark';
}
