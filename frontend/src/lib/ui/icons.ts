/** The Lucide icons in use, each from its own module: the whole set is thousands. */
export { default as ChevronRight } from '@lucide/svelte/icons/chevron-right';
export { default as ChevronsUpDown } from '@lucide/svelte/icons/chevrons-up-down';
export { default as CircleAlert } from '@lucide/svelte/icons/circle-alert';
export { default as Eye } from '@lucide/svelte/icons/eye';
export { default as EyeOff } from '@lucide/svelte/icons/eye-off';
export { default as X } from '@lucide/svelte/icons/x';
