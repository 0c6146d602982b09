"""The page's HTML, as a Jinja template: style inside, nothing fetched, no script."""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{{ title }}</title>
<style>
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1c1c1c; background: #fff;
  max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0.5rem 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; padding-top: 0.75rem; border-top: 2px solid #005496; }
h3 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
nav ul { columns: 2; margin: 0.25rem 0; padding-left: 1.1rem; }
a { color: #00548f; }
figure { margin: 1rem 0 1.5rem; break-inside: avoid; }
figure img { max-width: 100%; height: auto; display: block; }
figcaption, .caption, .files { font-size: 0.85rem; color: #444; max-width: 60rem; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1rem; align-items: start; }
.gallery figure { margin: 0; }
.scroll { overflow-x: auto; max-width: 100%; }
.long { max-height: 28rem; overflow-y: auto; }
table { border-collapse: collapse; font-size: 0.8rem; font-variant-numeric: tabular-nums; margin: 0.25rem 0; }
th, td { padding: 0.2rem 0.55rem; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
th { white-space: normal; vertical-align: bottom; border-bottom: 1.5px solid #555; background: #fff;
  position: sticky; top: 0; }
th:first-child, td:first-child { text-align: left; }
tbody tr:nth-child(even) { background: #f6f8fa; }
.notes { background: #fff6df; border-left: 4px solid #e69f00; padding: 0.5rem 1rem; font-size: 0.9rem; }
.notes ul { margin: 0.25rem 0; padding-left: 1.1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; font-size: 0.9rem; margin: 0.25rem 0; }
dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
@media print { body { max-width: none; font-size: 10pt; } nav { display: none; } .long { max-height: none; }
  h2 { break-after: avoid; } }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<p>{{ summary }}</p>
<nav aria-label="Sections"><ul>
{%- for section in sections %}
<li><a href="#{{ section.anchor }}">{{ section.title }}</a></li>
{%- endfor %}
</ul></nav>
{%- if notes %}
<div class="notes" id="left-out"><strong>Left out</strong><ul>
{%- for note in notes %}
<li>{{ note }}</li>
{%- endfor %}
</ul></div>
{%- endif %}
{%- for section in sections %}
<section id="{{ section.anchor }}">
<h2>{{ section.title }}</h2>
{%- if section.intro %}
<p>{{ section.intro }}</p>
{%- endif %}
{%- for fact in section.facts %}
<h3>{{ fact.title }}</h3>
<dl>{% for name, value in fact.entries %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
{%- endfor %}
{%- if section.gallery %}
<div class="gallery">
{%- endif %}
{%- for figure in section.figures %}
<figure>
{%- if figure.source %}
<img src="{{ figure.source }}" width="{{ figure.width }}" alt="{{ figure.caption }}">
{%- else %}
<p class="files">Too large for this page: open the file.</p>
{%- endif %}
<figcaption>{{ figure.caption }} <a href="{{ figure.svg }}">SVG</a> <a href="{{ figure.png }}">PNG</a></figcaption>
</figure>
{%- endfor %}
{%- if section.gallery %}
</div>
{%- endif %}
{%- for table in section.tables %}
<p class="caption">{{ table.caption }} <a href="{{ table.csv }}">CSV</a></p>
<div class="scroll{{ ' long' if table.rows > 30 else '' }}">{{ table.html }}</div>
{%- endfor %}
</section>
{%- endfor %}
<footer><p class="files">{{ footer }}</p></footer>
</body>
</html>
"""
