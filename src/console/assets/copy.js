// Buttons that copy a text of the page. Where the browser does not let them, they mark it, to be copied by keyboard.

async function copy(field, status) {
	try {
		await navigator.clipboard.writeText(field.value);
		status.textContent = "Copied.";
	} catch {
		field.focus();
		field.select();
		status.textContent = "The browser does not let this page copy: the text is marked, press Ctrl+C.";
	}
}

for (const button of document.querySelectorAll("button[data-copy]")) {
	const name = button.dataset.copy;
	const field = document.getElementById(name);
	const status = document.querySelector(`[data-copied="${name}"]`);
	if (field && status) {
		button.hidden = false;
		button.addEventListener("click", () => copy(field, status));
	}
}
