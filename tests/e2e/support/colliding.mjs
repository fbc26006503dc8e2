// SPDX-License-Identifier: MIT

// Channel names that all have one std::hash of the GNU library (MurmurHash64A with a seed that
// everybody knows): 80 bytes of five pieces, any of eight at each place. Made as follows: after a
// piece of two blocks the state is ((((h ^ mix(b1)) * m) ^ mix(b2)) * m), so that for any b1 the b2
// that gives a wanted state can be computed; kept are those whose bytes are all allowed in a name.

const PIECES = [
  [
    'dZLeI,mxCI4.NOhd',
    '6QkpwQwoEfMDzmIY',
    'g502AZcbMQ_XH0_.',
    'yqpHe1V29KMoQr2C',
    'OirM@G.,ghaouqiE',
    '1NYSuB7rtGJhtazW',
    '.nht,uEUUR.ID,Lp',
    '0MdYVTlQ9zBGVpcu',
  ],
  [
    'ymV4e01kBjVXpC.j',
    '3RUvpWXMvHX24tVe',
    'iAECwn7RRoDGdprT',
    'B-EmfYNQX2Ig@ez,',
    ',Q4tC;=xSxsvPgU;',
    'tX8mWtz,D@6JUj9.',
    'oUbc7iXPAMjNWTs1',
    '27LxawqIWt4KEPxD',
  ],
  [
    'f,EW82XnPoQEHBv3',
    'PqfQ60DPVrXRQfZj',
    '_fv;OJCKpNfLIma@',
    'TX;Flnn,pv88NP9-',
    'cMev;.GLo,svC3UL',
    'T8y_=mq9ftJZ8o9a',
    'YUS4X1XycB;6Z2J9',
    'm1B3VwnY3y5BSMfa',
  ],
  [
    'UB2;WAttCphJ2daT',
    'bvv,7psn-LCa8Bt5',
    'kf1x=gWfBZ6NuUn;',
    'dEsquY;o;Ss2cy=c',
    '8_sB=2QN4CHvx;XY',
    'EPGg4LAL3ujMRw.d',
    '.U-AASHpZQBCKerz',
    'j8rSKgP.4KMU.rYf',
  ],
  [
    'Izap=dzriVWaGg=i',
    'bhE9K=;8FN90kiln',
    'R5_Zj=tWI7PO_bKl',
    'U2ejEmgM42iJw8cb',
    'ZCmClTQ5OmE1bU8y',
    'mS7vmJ,83_HgcFhQ',
    'mwTO3i56L8pQQUUl',
    'KjNLK9t=AjBWmSJu',
  ],
];

/** The digits of the number, to the base of eight, choose the pieces. */
export const collidingName = (number) =>
  PIECES.map((choices, place) => choices[Math.floor(number / 8 ** place) % 8]).join('');
