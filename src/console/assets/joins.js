// Joins as they happen: rows come at the top until somebody wants to read in peace, and follow the form.
const table = document.querySelector("table[data-live]");
const form = document.querySelector("form[data-filter]");
const sum = document.querySelector("#sum");
const status = document.querySelector("#live");

const columns = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.cell);
const body = table.tBodies[0];
const most = Number(table.dataset.most);
const pause = document.createElement("button");

let source;
let place = table.dataset.after;
let state = "connecting";
let isPaused = false;
let waiting = [];
let isUpToDate = true;
let arrived = 0;
let missed = 0;
let telling;
let trying;
let typing;

function element(name, text) {
	const made = document.createElement(name);
	made.textContent = text ?? "";
	return made;
}

// Cells that are more than a text.
const special = {
	time(row) {
		const time = element("time", row.time);
		time.dateTime = row.datetime;
		return time;
	},
	outcome(row) {
		const mark = element("span", row.outcome);
		mark.className = row.is_let_in ? "mark good" : "mark bad";
		return mark;
	},
	link(row) {
		const link = element("a", "Explain");
		link.href = row.link;
		return link;
	},
};

function cell(row, name) {
	const made = document.createElement(name === "time" ? "th" : "td");
	if (name === "time") made.scope = "row";
	if (name === "token") made.className = "code";
	made.append(special[name] ? special[name](row) : (row[name] ?? ""));
	return made;
}

function show(row) {
	const line = document.createElement("tr");
	line.append(...columns.map((name) => cell(row, name)));
	body.prepend(line);
	while (body.rows.length > most && !body.lastElementChild.contains(document.activeElement)) body.lastElementChild.remove();
}

function take(row) {
	if (isUpToDate) arrived += 1;
	offer(row.code);
	waiting.push(row);
	if (waiting.length > most) waiting.shift();
	if (!isPaused) showWaiting();
	tell();
}

// A reason that comes up for the first time can be looked for from then on.
function offer(code) {
	const { options } = form.elements.code;
	if (code && ![...options].some((option) => option.value === code)) options.add(new Option(`denied: ${code}`, code));
}

function showWaiting() {
	waiting.forEach(show);
	waiting = [];
	sum.textContent = `Shown: ${body.rows.length} decisions. At most ${most} are remembered.`;
}

// One line for all rows, and not too often: it is read out.
function tell() {
	telling ??= setTimeout(() => {
		telling = undefined;
		pause.textContent = isPaused ? `Go on (${waiting.length} wait)` : "Pause";
		if (state) status.textContent = sentence();
	}, 500);
}

function sentence() {
	const lost = missed ? `, ${missed} came and went unseen` : "";
	if (state !== "live") return state;
	return isPaused ? `paused, ${waiting.length} wait${lost}` : `live, ${arrived} new${lost}`;
}

function become(next) {
	state = next;
	tell();
}

function stop(text, link, address) {
	source.close();
	clearTimeout(trying);
	state = "";
	pause.remove();
	const way = element("a", link);
	way.href = address;
	status.replaceChildren(`${text} `, way);
}

function logIn() {
	const here = new URLSearchParams({ to: location.pathname + location.search });
	stop("Your login has ended.", "Log in again", `${table.dataset.login}?${here}`);
}

function wanted() {
	const fields = [...new FormData(form)].filter(([, value]) => value);
	return new URLSearchParams(fields);
}

function connect() {
	clearTimeout(trying);
	source?.close();
	const query = wanted();
	if (place) query.set("after", place);
	source = new EventSource(`${table.dataset.live}?${query}`);
	source.onopen = () => become("live");
	source.onmessage = (event) => {
		place = event.lastEventId;
		take(JSON.parse(event.data));
	};
	source.addEventListener("place", (event) => {
		place = event.lastEventId;
		isUpToDate = true;
	});
	source.addEventListener("missed", (event) => { missed += Number(event.data); tell(); });
	source.addEventListener("ended", logIn);
	source.addEventListener("changed", () => stop("The console was set up in another way.", "Load this page again", location.href));
	source.onerror = () => {
		become("not connected, trying again");
		// What the browser gives up at is tried again here.
		if (source.readyState === EventSource.CLOSED) ask();
	};
}

async function ask() {
	let answer = 0;
	try {
		answer = (await fetch(table.dataset.live, { method: "HEAD" })).status;
	} catch {
		// Nobody answers: that is what is said already.
	}
	if (document.hidden) return;
	if (answer === 403) return logIn();
	if (answer === 503) become("not connected: too many pages are open, trying again");
	trying = setTimeout(connect, 3000);
}

// The server looks through all that it remembers, and goes on from there.
function filter() {
	clearTimeout(typing);
	// A token was pasted: it is to be in no address.
	if (!form.reportValidity()) return;
	const query = wanted().toString();
	history.replaceState(null, "", query ? `?${query}` : location.pathname);
	body.replaceChildren();
	[place, waiting, arrived, missed, isUpToDate, isPaused] = [undefined, [], 0, 0, false, false];
	showWaiting();
	connect();
	tell();
}

pause.type = "button";
pause.className = "quiet";
pause.textContent = "Pause";
pause.addEventListener("click", () => {
	isPaused = !isPaused;
	if (!isPaused) showWaiting();
	tell();
});
form.addEventListener("submit", (event) => {
	event.preventDefault();
	filter();
});
form.addEventListener("change", (event) => { if (event.target.name !== "text") filter(); });
form.addEventListener("input", (event) => {
	clearTimeout(typing);
	if (event.target.name === "text") typing = setTimeout(filter, 600);
});
// Browsers open a few connections to a server and no more: pages that nobody sees keep none from others, and catch up later.
document.addEventListener("visibilitychange", () => {
	if (!state) return;
	if (document.hidden) {
		source.close();
		clearTimeout(trying);
	} else {
		connect();
	}
});
document.querySelector("[data-reload]").replaceWith(pause);
connect();
