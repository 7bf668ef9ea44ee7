import { mount } from 'svelte';
import './styles/base.css';
import App from './App.svelte';
import { wailsApi } from '$lib/api';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

mount(App, { target, props: { api: wailsApi() } });
