// The chosen theme, set before anything is painted; without a choice the system decides.
try {
  const chosen = localStorage.getItem("paperwire.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // storage may be forbidden: the system's theme is fine
}
