const box = document.getElementById('find'), none = document.getElementById('none');
box.addEventListener('input', function () {
  const want = box.value.trim().toLowerCase();
  let shown = 0;
  document.querySelectorAll('[data-find]').forEach(function (e) {
    const hit = e.dataset.find.includes(want);
    e.classList.toggle('hide', !hit);
    shown += hit ? 1 : 0;
  });
  none.classList.toggle('hide', shown !== 0);
});
document.getElementById('language').addEventListener('click', function () {
  document.documentElement.lang = document.documentElement.lang === 'en' ? 'zh' : 'en';
});
document.querySelectorAll('math [data-s]').forEach(function (e) {
  e.addEventListener('click', function () { location.hash = 'symbol-' + e.dataset.s; });
});
