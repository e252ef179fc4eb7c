/** SHA-256 of SCRIPT as a page's policy writes it. Computing it cost a page of each minute a twelfth of its work; a test keeps it right. */
export const SCRIPT_HASH = "w86vgW2nk+DzJAJkBP9gTx/1GQiF2Gvi4A5iD0K7aCg=";

/**
 * All script there is. It counts the ages on, marks the page old when it is no longer renewed, fetches the next one, and reads charts out
 * under a finger, a mouse or the arrow keys. Whatever it needs stands in data attributes, so that its text is constant and the page's
 * policy can name its hash. Without script the page renews itself by its meta element. A page of the past has no data-refresh.
 */
export const SCRIPT = String.raw`
(function(){
var opened=performance.now(),body=document.body,lang=body.dataset.lang,read=-1e9;
function age(at){var made=+body.dataset.made,since=Math.max((performance.now()-opened)/1000,Date.now()/1000-made);return Math.max(0,Math.round(since+made-at))}
function words(s){var u=body.dataset.units.split(" "),m=Math.round(s/60),h=Math.floor(m/60);
function two(a,x,b,y){return a+"\u00a0"+u[x]+(b?" "+b+"\u00a0"+u[y]:"")}
return s<60?s+"\u00a0"+u[0]:m<60?two(m,1):h<48?two(h,2,m%60,1):two(Math.floor(h/24),3,h%24,2)}
function tick(){document.querySelectorAll("[data-at]").forEach(function(e){var s=age(+e.dataset.at);e.querySelector("i").textContent=words(s);
if(e.dataset.max&&s>+e.dataset.max)e.classList.add("stale")});
body.classList.toggle("old",age(+body.dataset.made)>+body.dataset.max)}
function next(){if(performance.now()-read<15e3)return;if(location.protocol==="file:"){location.reload();return}
fetch(location.href,{cache:"no-store"}).then(function(r){return r.ok?r.text():Promise.reject()}).then(function(t){
var d=new DOMParser().parseFromString(t,"text/html");if(!d.body.dataset.made)return;
var open=[].map.call(document.querySelectorAll("details[open]"),function(e){return e.dataset.key}),say=document.getElementById("say"),says=d.getElementById("say").textContent;
document.title=d.title;document.getElementById("icon").href=d.getElementById("icon").href;document.getElementById("page").innerHTML=d.getElementById("page").innerHTML;
if(say.textContent!==says)say.textContent=says;
document.querySelectorAll("details").forEach(function(e){if(open.indexOf(e.dataset.key)>=0)e.open=true});
Object.assign(body.dataset,d.body.dataset);opened=performance.now();tick()}).catch(function(){})}
function valueAt(d,x){var found=null;d.split("M").slice(1).forEach(function(run){var n=run.match(/-?\d*\.?\d+/g).map(Number),a=n[0],b=n[1],i,c,e;
if(a===x)found=b;for(i=2;i+1<n.length;i+=2){c=a+n[i];e=b+n[i+1];if(x>=a&&x<=c)found=b+(e-b)*(x-a)/(c-a||1);a=c;b=e}});return found}
function moment(at,zone,parts){return new Intl.DateTimeFormat(lang,Object.assign({timeZone:zone},parts)).format(at*1000)}
function cells(p,x,y){var s=p.dataset,rows=s.cells.split(" "),r=Math.min(rows.length-1,Math.floor(y*rows.length)),c=Math.min(rows[0].length-1,Math.floor(x*rows[0].length));
return{x:(c+.5)/rows[0].length,lines:JSON.parse(s.rows)[r]+", "+JSON.parse(s.columns)[c]+": "+JSON.parse(s.names)[rows[r][c]]}}
function tips(p,x){var t=JSON.parse(p.dataset.tips),i=Math.min(t.length-1,Math.floor(x*t.length));return{x:(i+.5)/t.length,lines:t[i]}}
function lines(p,x){var s=p.dataset,w=+s.width,i=Math.round(x*w),k=Math.pow(10,s.digits),out=[{text:moment(+s.from+i*s.step,body.dataset.zone,{weekday:"short",hour:"2-digit",minute:"2-digit"})}];
p.querySelectorAll("path[data-name]").forEach(function(e){var v=valueAt(e.getAttribute("d"),i);
if(v!==null)out.push({text:e.dataset.name+" "+(-Math.round(v)/k+0).toLocaleString(lang,{minimumFractionDigits:+s.digits,maximumFractionDigits:+s.digits})+"\u00a0"+s.unit,colour:e.getAttribute("stroke")})});
return{x:i/w,lines:out}}
function hide(){document.querySelectorAll(".tip,.cur").forEach(function(e){e.remove()})}
function show(p,x,y){x=Math.max(0,Math.min(1,x));y=Math.max(0,Math.min(.999,y));
var got=p.dataset.cells?cells(p,x,y):p.dataset.tips?tips(p,x):lines(p,x),tip=p.querySelector(".tip"),cur=p.querySelector(".cur"),row,i;
if(!tip){hide();cur=document.createElement("div");cur.className="cur";tip=document.createElement("div");tip.className="tip";tip.setAttribute("role","status");p.append(cur,tip)}
tip.textContent="";[].concat(got.lines).forEach(function(one){row=document.createElement("div");if(one.colour){i=document.createElement("i");i.style.background=one.colour;row.append(i)}row.append(one.text||one);tip.append(row)});
cur.style.left=100*got.x+"%";tip.style.left=got.x<.5?100*got.x+"%":"";tip.style.right=got.x<.5?"":100-100*got.x+"%";read=performance.now()}
function point(e){var p=e.target.closest&&e.target.closest(".plot"),r;if(!p){hide();return}r=p.getBoundingClientRect();p.dataset.x=(e.clientX-r.left)/r.width;p.dataset.y=(e.clientY-r.top)/r.height;show(p,+p.dataset.x,+p.dataset.y)}
document.addEventListener("pointermove",point);document.addEventListener("pointerdown",point);
document.addEventListener("keydown",function(e){var p=e.target,s=p.dataset,dx={ArrowLeft:-1,ArrowRight:1}[e.key]||0,dy={ArrowUp:-1,ArrowDown:1}[e.key]||0,n,rows;
if(!s||!p.classList.contains("plot")||!dx&&!dy||dy&&!s.cells)return;e.preventDefault();rows=s.cells&&s.cells.split(" ");n=rows?rows[0].length:s.tips?JSON.parse(s.tips).length:+s.width;
function to(now,d,n){return Math.max(0,Math.min(1,(isNaN(now)?1:+now)+d/n))}
s.x=to(s.x,dx,n);s.y=rows?to(s.y,dy,rows.length):0;show(p,+s.x,+s.y)});
document.addEventListener("focusout",hide);
if(body.dataset.refresh){tick();setInterval(tick,1000);setInterval(next,1000*body.dataset.refresh)}
})();
`.trim();
