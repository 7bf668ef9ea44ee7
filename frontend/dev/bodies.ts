/**
 * The frame document of a sample message, as Go's asset handler would serve it.
 * The script speaks the protocol of lib/mail/frame.ts.
 */
export function frameDocument(content: { text: string; html: string }, dark: boolean): string {
  const body = content.html || `<div class="plain">${linked(content.text)}</div>`;
  const paper = dark ? 'background:#26262a;color:#ececee' : 'background:#fff;color:#1d1d1f';
  return `<!doctype html><meta charset="utf-8"><style>
html{${paper}}body{margin:0;padding:16px 20px 20px;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
.plain{white-space:pre-wrap}a{color:${dark ? '#9bbaff' : '#1f52bd'}}img{max-width:100%}
</style><body>${body}<script>
const post=(m)=>parent.postMessage(m,'*');
const size=()=>post({waxwing:'size',height:Math.ceil(document.body.getBoundingClientRect().height)});
new ResizeObserver(size).observe(document.body);size();
addEventListener('click',e=>{const a=e.target.closest('a[href]');if(a){e.preventDefault();post({waxwing:'link',url:a.href,text:a.innerText})}});
addEventListener('keydown',e=>post({waxwing:'key',key:e.key,ctrl:e.ctrlKey,meta:e.metaKey,shift:e.shiftKey,alt:e.altKey}));
</script></body>`;
}

function linked(text: string): string {
  return text
    .replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)
    .replace(/https?:\/\/\S+/g, (url) => `<a href="${url}">${url}</a>`);
}
