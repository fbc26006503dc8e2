<?php
// SPDX-License-Identifier: MIT

// How php_dates.tsv was made, with Debian's php-cli 8.2:
//     php tests/fcgi/notifications/recorded/php_dates.php > tests/fcgi/notifications/recorded/php_dates.tsv
// For each text whether Laravel's rule `date` takes it, and its unix seconds with
// APP_TIMEZONE=America/Lima: SECTION TAB SECONDS TAB TEXT. SECTION says what Pregón does: `taken`, with
// the same seconds; `refused`, which PHP refuses, too; `stricter`: a guess that is left to PHP.
date_default_timezone_set('America/Lima');

/** As validateDate() of Laravel 11 does it; null: refused. */
function seconds(string $text): ?int {
    $time = strtotime($text);
    $parts = date_parse($text);
    return $time !== false && checkdate((int) $parts['month'], (int) $parts['day'], (int) $parts['year'])
        ? $time : null;
}

$dates = ['2026-11-30', '2026-1-5', '2026/11/30', '11/30/2026', '1/5/2026', '30-11-2026', '5-1-2026',
    '30.11.2026', '5.1.2026', '30 Nov 2026', '5 Jan 2026', '30 November 2026'];
$times = ['', ' 09:00', ' 09:00:05', ' 9:00', ' 24:00:00', ' 23:59:60', ' 09:00:05.25', ' 9:00 AM',
    ' 9:00:05 pm', ' 12:00 am', ' 12:30 PM'];
$zones = [' 09:00:00Z', ' 09:00:00 -0500', ' 09:00:00+05:30', ' 09:00:00 GMT', ' 09:00:00 UTC', ' 09:00 +02'];
$texts = [];
foreach ($dates as $date)
    foreach (array_merge($times, $zones) as $rest)
        $texts[] = $date . $rest;
foreach (['2026-11-30', '2026/11/30'] as $date)
    foreach (['T09:00', 'T09:00:05', 'T24:00:00Z', 'T23:59:60Z', 'T09:00:05.123456-05:00', 'T09:00:05,5',
        't09:00:05z', 'T09:00-05', 'T09:00:05 -0500', 'T09:00:05.123Z'] as $rest)
        $texts[] = $date . $rest;
foreach (['Mon, 30 Nov 2026 09:00:00 -0500', 'Mon, 30 Nov 2026 09:00:00 GMT', '30 Nov 2026 09:00:00 +0000',
    'Mon 30 Nov 2026 09:00:00', 'Sun, 1 Mar 2026 00:00:00 GMT', '@1796047200', '@0', '@-86400',
    '1 jan 2026', '1 JANUARY 2026', '2026-12-31T24:00:00-05:00', '2024-02-29', '12/31/2026 11:59:59 PM'] as $text)
    $texts[] = $text;
// Left to PHP, or wrong.
foreach (['now', 'yesterday', 'today', 'tomorrow', 'next monday', '+1 day', 'Monday', '20261130',
    '20261130T090000', '2026-W49-1', '2026-334', '11/30/26', '30-11-26', '30.11.26', 'Nov 30, 2026',
    'November 2026', '2026-11', '2026', '09:00', 'Tue, 30 Nov 2026', '30-Nov-2026', '2026-11-30 09',
    '2026-11-30 09:00 PET', '2026-11-30 09:00 America/Lima', '@1796047200.5', '2026-11-30 9am',
    '2026-11-30 24:30:00'] as $text)
    $texts[] = $text;
foreach (['', ' ', 'x', '2026-13-01', '2026-02-30', '30/11/2026', '11-30-2026', '13.13.2026', '2025-02-29',
    '2026-11-30 25:00', '2026-11-30 09:60', '2026-11-30T09:00:61', '2026-11-30 13:00 PM', '0000-00-00',
    '2026-11-30 09:00 +99:99', '@', '@x', '32 Nov 2026', '30 Foo 2026', '2026-11-30T', '2026-11-30 x',
    '2026--11-30', '//2026', '11/30/', '11/30/20260', '2026-11-30 0:00 am'] as $text)
    $texts[] = $text;

echo "# Made by php_dates.php; see there.\n";
$stricter = ['now', 'yesterday', 'today', 'tomorrow', 'next monday', '+1 day', 'Monday', '20261130',
    '20261130T090000', '2026-W49-1', '2026-334', '11/30/26', '30-11-26', '30.11.26', 'Nov 30, 2026',
    'November 2026', '2026-11', '2026', '09:00', 'Tue, 30 Nov 2026', '30-Nov-2026', '2026-11-30 09',
    '2026-11-30 09:00 PET', '2026-11-30 09:00 America/Lima', '2026-11-30 9am', '2026-11-30 x', '2026-11-30T'];
foreach (array_unique($texts) as $text) {
    $seconds = seconds($text);
    $section = $seconds === null ? 'refused' : (in_array($text, $stricter, true) ? 'stricter' : 'taken');
    echo $section, "\t", $seconds ?? '-', "\t", $text, "\n";
}
