/**
 * All script there is. It counts the ages on, marks the page old when it is no longer renewed, and fetches the next one. Whatever it
 * needs stands in data attributes, so that its text is constant and the page's policy can name its hash. Without script the page
 * renews itself by its meta element.
 */
export const SCRIPT = String.raw`
(function(){
var opened=performance.now(),body=document.body;
function age(at){var made=+body.dataset.made,since=Math.max((performance.now()-opened)/1000,Date.now()/1000-made);return Math.max(0,Math.round(since+made-at))}
function words(s){var u=body.dataset.units.split(" "),m=Math.round(s/60),h=Math.floor(m/60);
function two(a,x,b,y){return a+"\u00a0"+u[x]+(b?" "+b+"\u00a0"+u[y]:"")}
return s<60?s+"\u00a0"+u[0]:m<60?two(m,1):h<48?two(h,2,m%60,1):two(Math.floor(h/24),3,h%24,2)}
function tick(){document.querySelectorAll("[data-at]").forEach(function(e){var s=age(+e.dataset.at);e.querySelector("i").textContent=words(s);
if(e.dataset.max&&s>+e.dataset.max)e.classList.add("stale")});
body.classList.toggle("old",age(+body.dataset.made)>+body.dataset.max)}
function next(){if(location.protocol==="file:"){location.reload();return}
fetch(location.href,{cache:"no-store"}).then(function(r){return r.ok?r.text():Promise.reject()}).then(function(t){
var d=new DOMParser().parseFromString(t,"text/html");if(!d.body.dataset.made)return;
var open=[].map.call(document.querySelectorAll("details[open]"),function(e){return e.dataset.key}),say=document.getElementById("say"),says=d.getElementById("say").textContent;
document.title=d.title;document.getElementById("icon").href=d.getElementById("icon").href;document.getElementById("page").innerHTML=d.getElementById("page").innerHTML;
if(say.textContent!==says)say.textContent=says;
document.querySelectorAll("details").forEach(function(e){if(open.indexOf(e.dataset.key)>=0)e.open=true});
Object.assign(body.dataset,d.body.dataset);opened=performance.now();tick()}).catch(function(){})}
tick();setInterval(tick,1000);setInterval(next,1000*body.dataset.refresh);
})();
`.trim();
