"""Names of papers, organisations and places, and words by which one knows such a name."""

from __future__ import annotations

from app.extract.lexicon import listed

OUTLETS = frozenset(
    listed(
        """ABC | ABC News | AFP | AP | Agence France-Presse | Al Jazeera | Associated Press | Axios | BBC | BBC
    News | Bloomberg | Bloomberg News | Breitbart | BuzzFeed | C-SPAN | CBS | CBS News | CNBC | CNN |
    Daily Mail | Der Spiegel | Die Zeit | Economist | El País | Forbes | Fortune | Fox | Fox News |
    Guardian | HBO | HuffPost | Huffington Post | ITV | Independent | Interfax | Kyodo | Le Figaro | Le
    Monde | MSNBC | Mediaite | NBC | NBC News | NPR | Newsweek | PBS | POLITICO | Politico | Reuters |
    Rolling Stone | Salon | Sky | Slate | Spiegel | Süddeutsche Zeitung | TASS | Telemundo | The
    Associated Press | The Atlantic | The Economist | The Federalist | The Globe and Mail | The Guardian
    | The Hill | The Huffington Post | The Independent | Time | USA TODAY | USA Today | Univision |
    Vanity Fair | Variety | Vice | Vox | Washington Examiner | Wikinews | Wired | Xinhua | Yahoo |
    Yonhap | Zero Hedge""",
        "|",
    )
)
OUTLET_WORDS = frozenset(
    listed(
        """Bee Broadcasting Chronicle Courier Dispatch Examiner Gazette Herald Inquirer Journal Magazine News
    Newspaper Observer Post Press Radio Review Sentinel Standard Sun-Times TV Telegraph Television Times
    Today Tribune Weekly"""
    )
)
ORGANIZATION_WORDS = frozenset(
    listed(
        """Administration Agency Airlines Alliance Assembly Association Authority Bank Board Brigade Bureau
    Campaign Center Centre Church Club Coalition College Commission Committee Company Conference
    Congress Conservatives Corp Corporation Council Court Democrats Department Directorate Embassy
    Federation Force Forces Foundation Fund Government Greens Group Guard House Inc Industries
    Initiative Institute Institution International Kremlin Laboratory Labour Labs League Legion Liberals
    Library Limited Ltd Ministry Mission Motors Museum Nations Network Office Organisation Organization
    PAC Parliament Party Patrol Pentagon Police Project Republicans Senate Service Services Society
    State States Studios Synod System Systems Team Technologies Trust Union Unions University Watch
    Workers Zoo administration campaign"""
    )
)
PLACES = frozenset(
    listed(
        """Africa | Amazon | America | Ankara | Apple | Argentina | Asia | Athens | Australia | Austria | Baghdad |
    Beijing | Belgium | Berlin | Bern | Bonn | Boston | Brasília | Brazil | Britain | Brussels |
    Budapest | Cairo | California | Canada | Canberra | Caracas | Chicago | Chile | China | Congress |
    Copenhagen | Cuba | Damascus | Delhi | Denmark | Doha | Dublin | EU | Egypt | England | Europe |
    Facebook | Finland | Florida | France | Germany | Google | Greece | Hague | Hamas | Havana |
    Helsinki | Hezbollah | Hong Kong | Hungary | India | Iowa | Iran | Iraq | Ireland | Islamabad |
    Israel | Italy | Japan | Jerusalem | Kenya | Kiev | Kyiv | Lisbon | London | Los Angeles | Madrid |
    Mexico | Mexico City | Microsoft | Moscow | NATO | Netherlands | New Delhi | New Hampshire | New
    York | New Zealand | Nigeria | North Korea | Norway | Ohio | Oslo | Ottawa | Pakistan | Paris |
    Parliament | Pennsylvania | Poland | Portugal | Pretoria | Pyongyang | Qatar | Riyadh | Rome |
    Russia | Saudi Arabia | Scotland | Seoul | South Africa | South Korea | Spain | Stockholm | Sweden |
    Switzerland | Syria | Taipei | Taiwan | Taliban | Tehran | Tel Aviv | Texas | Tokyo | Turkey |
    Twitter | U.K. | U.N. | U.S. | UK | UN | US | Ukraine | United Kingdom | United States | Venezuela |
    Vienna | Virginia | Wales | Warsaw | Washington | Wellington | Wikipedia | YouTube""",
        "|",
    )
)
