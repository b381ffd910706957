/** Tables that are wider than their room can be scrolled by keyboard, too. */

export function reachTables(): void {
  const rooms = document.querySelectorAll<HTMLElement>(".table-room");
  const look = (): void => {
    for (const room of rooms) {
      const isScrolled = room.scrollWidth > room.clientWidth || room.scrollHeight > room.clientHeight;
      if (!isScrolled) {
        for (const name of ["tabindex", "role", "aria-label"]) room.removeAttribute(name);
        continue;
      }
      room.tabIndex = 0;
      room.setAttribute("role", "region");
      room.setAttribute("aria-label", room.querySelector("caption")?.textContent ?? "Table");
    }
  };
  look();
  addEventListener("resize", look);
  document.addEventListener("toggle", look, true);
}
