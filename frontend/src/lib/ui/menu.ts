import type { Component } from 'svelte';

/** One line of a menu; "line" is a separator. */
export type MenuEntry =
  | 'line'
  | {
      label: string;
      icon?: Component<{ size?: number; strokeWidth?: number }>;
      shortcut?: string;
      danger?: boolean;
      disabled?: boolean;
      /** Opens to the side instead of doing something. */
      entries?: MenuEntry[];
      onselect?: () => void;
    };
